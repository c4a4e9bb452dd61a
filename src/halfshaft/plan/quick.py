"""A first plan's family and a first bound, before any solver is asked: for the case that time is short.

Both rest on what a car with an option costs at the very least: its money per car, and every module's parts at the best price with the
highest discount of any offer, its labour at the end of learning, its law at the volume of all cars together. Nothing else in a plan is
negative, so the cheapest option of every slot at that price is below every plan; and with what modules cost to develop and to tool added as
they are first taken, it makes a passable family.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.plan.blocks import FloatArray
from halfshaft.plan.evaluate import cars
from halfshaft.plan.instance import ModuleKey, PlanInstance, Slot


def least_bound(instance: PlanInstance) -> float:
    """A bound below every plan, in the instance's money, present value."""
    return float(sum(costs.min() for costs in _least_costs(instance).values()))


def quick_choice(instance: PlanInstance) -> dict[str, int]:
    """An option for each slot: large slots first, each taking what is cheapest beside what is there already, and then once more."""
    costs = _least_costs(instance)
    fixed = np.array(
        [
            module.development * instance.calendar.before_launch(module.earliest)
            + module.tooling * instance.calendar.before_launch(module.earliest)
            for module in instance.modules
        ]
    )
    content = {slot.id: instance.content(slot) for slot in instance.slots}
    taken = np.zeros(len(instance.modules), dtype=np.int64)
    choice: dict[str, int] = {}
    order = sorted(instance.slots, key=lambda slot: -float(costs[slot.id].min()))
    for _ in range(3):
        for slot in order:
            if slot.id in choice:
                taken[content[slot.id][choice[slot.id]].indices] -= 1
            new = (content[slot.id] > 0) @ np.where(taken > 0, 0.0, fixed)
            choice[slot.id] = int(np.argmin(np.where(_in_time(instance, slot), costs[slot.id] + new, np.inf)))
            taken[content[slot.id][choice[slot.id]].indices] += 1
    return choice


def _in_time(instance: PlanInstance, slot: Slot) -> NDArray[np.bool_]:
    """Options all of whose modules can be there by the slot's latest launch."""
    late = np.array([module.earliest > slot.start + slot.latest_delay for module in instance.modules], dtype=float)
    in_time: NDArray[np.bool_] = np.asarray((instance.content(slot) > 0) @ late) == 0.0
    return in_time


def _least_costs(instance: PlanInstance) -> dict[str, FloatArray]:
    """The least that each option of each slot can cost, in expectation over scenarios."""
    discount = np.array(instance.calendar.discount)
    price = _least_prices(instance)
    found = {}
    for slot in instance.slots:
        content, money = instance.content(slot), sum(slot.per_car.values(), np.zeros(slot.options))
        best = np.full(slot.options, np.inf)
        for late in range(slot.latest_delay + 1):
            total = np.zeros(slot.options)
            for w in instance.scenarios:
                built = np.array(cars(slot, w, late)) * discount
                lost = (np.array(cars(slot, w, 0)) * discount - built).sum() * slot.lost_per_car
                total += w.probability * (content @ (price @ built) + money * built.sum() + lost)
            best = np.minimum(best, total)
        found[slot.id] = best
    return found


def _least_prices(instance: PlanInstance) -> FloatArray:
    """The least that a piece of each module (rows) can cost in each year (columns), money of the year."""
    years = np.arange(instance.calendar.years)
    index = instance.module_index
    price = np.zeros((len(instance.modules), years.size))
    for part in instance.parts:
        best: dict[ModuleKey, FloatArray] = {}
        for number in instance.offers_of(part.id):
            offer = instance.offers[number]
            discount = instance.term[offer.terms].tiers[-1][1] if offer.terms else 0.0
            if not offer.landed:
                continue
            factor = (
                offer.price_factor * min(offer.landed.values()) * (1.0 - discount) * (1.0 - offer.step_down) ** years
            )
            for key, listed in part.price.items():
                best[key] = np.minimum(best.get(key, np.full(years.size, np.inf)), listed * factor)
        for key, values in best.items():
            price[index[key]] += np.where(np.isfinite(values), values, 0.0)
    labour: dict[str, float] = {}
    for line in instance.lines:
        least = line.labour_cost * line.learning[-1][1]
        labour[line.process] = min(labour.get(line.process, np.inf), least)
    for key in instance.made:
        price[index[key]] += labour.get(str(instance.process_of[key[0]]), 0.0)
    _add_laws(instance, price)
    return price


def _add_laws(instance: PlanInstance, price: FloatArray) -> None:
    """A concave law costs a piece no less than it does where all cars take the module."""
    if all(module.law is None for module in instance.modules):
        return
    discount = np.array(instance.calendar.discount)
    most = np.zeros(len(instance.modules))
    for slot in instance.slots:
        content = instance.content(slot)
        present = max(float(np.array(w.volumes[slot.id]) @ discount) for w in instance.scenarios)
        if slot.options:
            most += np.asarray(content.max(axis=0).todense()).ravel() * present
    for number, module in enumerate(instance.modules):
        if module.law is not None and most[number] > 0.0:
            price[number] += instance.law_cost(module.key, float(most[number])) / most[number]
