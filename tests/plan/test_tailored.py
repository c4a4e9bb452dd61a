"""Units tailored to each vehicle: nothing shared but lines and terms, and never cheaper than a family."""

import pytest
from rich_plans import rich_instance
from small_plans import random_instance

from halfshaft.plan import solve_plan
from halfshaft.plan.instance import BATTERY_PACK
from halfshaft.plan.tailored import own_key, tailored


def modules_of(instance, slot):
    return {key for option in range(slot.options) for key in instance.content_of(slot, option)}


@pytest.mark.parametrize("seed", range(3))
def test_vehicles_share_packs_alone(seed):
    instance = tailored(random_instance(seed, vehicles=4))
    by_vehicle = {}
    for slot in instance.slots:
        by_vehicle.setdefault(slot.vehicle, set()).update(modules_of(instance, slot))
    for vehicle, own in by_vehicle.items():
        for other, theirs in by_vehicle.items():
            if vehicle != other:
                assert {kind for kind, _ in own & theirs} <= {BATTERY_PACK}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("laws", [False, True])
def test_a_family_never_costs_more(seed, laws):
    instance = random_instance(seed, vehicles=3, laws=laws)
    apart = solve_plan(tailored(instance), gap=1e-6, time_limit=60.0)
    family = solve_plan(instance, gap=1e-6, time_limit=60.0)
    assert family.bound <= apart.objective * (1.0 + 1e-9)
    assert family.objective <= apart.objective * (1.0 + 1e-6)


def test_one_vehicle_is_tailored_already():
    instance = random_instance(7, vehicles=1, partners=("a",))
    own, shared = (solve_plan(each, gap=1e-6, time_limit=60.0) for each in (tailored(instance), instance))
    assert own.objective == pytest.approx(shared.objective, rel=2e-6)
    slot = instance.slots[0]
    modules = shared.chosen[slot.id].modules
    assert sum(own.chosen[slot.id].modules.values()) == sum(modules.values())


def test_everything_that_a_module_has_is_copied():
    instance = rich_instance(3)
    apart = tailored(instance)
    for slot in instance.slots:
        for key in modules_of(instance, slot):
            if key[0] == BATTERY_PACK:
                assert apart.module[key] == instance.module[key]
                continue
            copy, original = apart.module[own_key(key, slot.vehicle)], instance.module[key]
            assert (copy.development, copy.tooling, copy.law, copy.value) == (
                original.development,
                original.tooling,
                original.law,
                original.value,
            )
            for part in instance.parts:
                assert apart.part[part.id].price.get(own_key(key, slot.vehicle)) == part.price.get(key)
