"""Stored results: what goes in comes out, and nothing dangerous can come in."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from small_plans import random_instance

from halfshaft.plan import solve_plan
from halfshaft.plan.instance_file import instance_document
from halfshaft.quantities import Interval
from halfshaft.study.codec import CodecError, decode, encode

_keys = st.one_of(st.text(max_size=5), st.tuples(st.integers(), st.text(max_size=3)))
_trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.dictionaries(_keys, inner, max_size=3)),
    max_leaves=12,
)


@given(_trees)
def test_trees_return_as_they_were(tree: object) -> None:
    """Any tree of plain values, with tuples as keys and infinities among the numbers, survives."""
    assert decode(encode(tree)) == tree


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5)))
def test_arrays_return_to_the_bit(array: np.ndarray) -> None:
    """Arrays keep shape, type and every bit, NaN included."""
    back = decode(encode((array, {"x": array})))
    assert back[0].dtype == array.dtype
    assert back[0].shape == array.shape
    assert back[0].tobytes() == np.ascontiguousarray(array).tobytes()


def test_a_plan_survives() -> None:
    """A real stage result comes back with the same decisions, check and problem, and the same value gives the same bytes."""
    plan = solve_plan(random_instance(0))
    back = decode(encode(plan))
    assert back.decisions == plan.decisions
    assert back.evaluation == plan.evaluation
    assert instance_document(back.instance) == instance_document(plan.instance)
    assert encode(plan) == encode(back)


@dataclass(frozen=True)
class Stranger:
    """A dataclass that is none of the package's."""

    value: int


def test_foreign_types_are_refused() -> None:
    """A file that names a type of another package, or is damaged, is an error and runs nothing."""
    with pytest.raises(CodecError, match="no type of this package"):
        decode(encode(Stranger(1)))
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("tree.json", json.dumps({"$type": "halfshaft.study.store:write_whole", "fields": {}}))
    with pytest.raises(CodecError, match="no result type"):
        decode(data.getvalue())
    with pytest.raises(CodecError):
        decode(b"torn")
    with pytest.raises(CodecError):
        decode(encode(Interval(0.0, 1.0))[:-20])
    with pytest.raises(TypeError, match="object"):
        encode(object())
