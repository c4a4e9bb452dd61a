"""The store of results and the keys under which they stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_plans import random_instance

from halfshaft.quantities import Interval
from halfshaft.study import Store, key_of


def test_keeps_and_returns(tmp_path: Path) -> None:
    """A result that was put is there for every store on the folder; another key is absent."""
    Store(tmp_path).put("aa11", Interval(1.0, 2.0))
    assert Store(tmp_path).get("aa11") == Interval(1.0, 2.0)
    assert Store(tmp_path).get("bb22") is None


def test_a_damaged_entry_is_absent(tmp_path: Path) -> None:
    """An entry that was cut short by whatever means counts as not there, and can be put again."""
    store = Store(tmp_path)
    store.put("aa11", (1, 2, 3))
    path = next(p for p in tmp_path.rglob("aa11"))
    path.write_bytes(path.read_bytes()[:10])
    assert store.get("aa11") is None
    store.put("aa11", (1, 2, 3))
    assert store.get("aa11") == (1, 2, 3)
    assert not list(tmp_path.rglob(".writing-*"))


def test_keys_follow_content() -> None:
    """Equal inputs share a key; any changed field, array entry or stage name gives another."""
    instance = random_instance(0)
    assert key_of("plan", instance) == key_of("plan", random_instance(0))
    case = instance.scenarios[0]
    changed = replace(instance, scenarios=(replace(case, volumes={**case.volumes, "v0": (1.0, 2.0, 3.0)}),))
    keys = {key_of("plan", instance), key_of("other", instance), key_of("plan", changed), key_of("plan", instance, 0.1)}
    assert len(keys) == 4
    assert key_of("a", np.array([1.0, 2.0])) != key_of("a", np.array([1.0, 2.5]))


@given(st.dictionaries(st.text(max_size=4), st.integers(), min_size=2, max_size=5))
def test_order_of_a_mapping_does_not_matter(mapping: dict[str, int]) -> None:
    """A mapping's key is that of its content, not of its order."""
    assert key_of("a", mapping) == key_of("a", dict(reversed(mapping.items())))
