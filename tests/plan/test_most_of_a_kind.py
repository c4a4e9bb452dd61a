"""At most so many modules of a kind: equal to trying every set that keeps to the limit, and told when it excludes a plan."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from small_plans import random_instance

from halfshaft.plan import NoPlanError, PlanInstance, evaluate, solve_plan
from halfshaft.plan.instance_file import instance_document, parse_instance


def limited(instance: PlanInstance, **most: int) -> PlanInstance:
    """The instance with so many modules of a kind at most."""
    return replace(instance, kinds=tuple(replace(kind, most=most.get(kind.id)) for kind in instance.kinds))


def without(instance: PlanInstance, kind: str, names: set[str]) -> PlanInstance | None:
    """The instance in which options use none but some modules of a kind; None where a slot has no such option."""
    barred = [instance.module_index[m.key] for m in instance.modules if m.key[0] == kind and m.key[1] not in names]
    slots = []
    for slot in instance.slots:
        kept = np.flatnonzero(instance.content(slot)[:, barred].sum(axis=1).A1 == 0)
        if not kept.size:
            return None
        slots.append(slot.only(kept))
    return replace(instance, slots=tuple(slots))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("laws", [False, True])
def test_equals_the_best_set_of_that_size(seed: int, laws: bool) -> None:
    """One machine for all costs what the best of the plans costs that may use one machine alone, or there is none."""
    instance = random_instance(seed, vehicles=3, laws=laws)
    machines = [m.key[1] for m in instance.modules if m.key[0] == "machine"]
    found = [without(instance, "machine", set(names)) for names in itertools.combinations(machines, 1)]
    costs = [solve_plan(one, gap=1e-9).objective for one in found if one is not None]
    if not costs:
        with pytest.raises(NoPlanError, match="at most 1 of kind machine"):
            solve_plan(limited(instance, machine=1), gap=1e-9)
        return
    plan = solve_plan(limited(instance, machine=1), gap=1e-9)
    assert plan.objective == pytest.approx(min(costs), rel=1e-8)
    assert plan.bound <= min(costs) * (1.0 + 1e-9)
    assert sum(key[0] == "machine" for key in plan.developed) == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_limit_that_does_not_bind_changes_nothing(seed: int) -> None:
    """As many as there are is no limit, and a looser limit never costs more."""
    instance = random_instance(seed, vehicles=3)
    free = solve_plan(instance, gap=1e-9).objective
    assert solve_plan(limited(instance, machine=3, inverter=2), gap=1e-9).objective == pytest.approx(free, rel=1e-8)


def test_the_check_counts() -> None:
    """A plan with more modules than its limit allows fails its check."""
    instance = next(
        i
        for i in (random_instance(seed, vehicles=3) for seed in range(50))
        if sum(key[0] == "machine" for key in solve_plan(i, gap=0.01).developed) > 1
    )
    plan = solve_plan(instance, gap=0.01)
    assert any("at most 1 may be" in text for text in evaluate(limited(instance, machine=1), plan.decisions).violations)


def test_a_file_keeps_the_limit() -> None:
    """Written and read again, the limit is the same."""
    instance = limited(random_instance(2), machine=1)
    assert parse_instance(json.dumps(instance_document(instance))).kinds == instance.kinds
