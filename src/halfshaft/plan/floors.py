"""What lines must cost, whatever family is chosen: the dearest part of a plan's relaxation that options do not touch.

A relaxed plan builds thirds of lines. But how many pieces of a process a group of plants must make in each year is known before any family
is: every car takes some unit, whichever it is. So lines, shifts, overflow, labour, stock and lanes of that group are a small problem of
their own, with one module that stands for all: its optimum is below what they cost in every plan. Said in one row, it lifts the
relaxation of the whole by what whole lines cost more than fractions of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from halfshaft.plan.blocks import solve
from halfshaft.plan.evaluate import cars
from halfshaft.plan.formulation import build_model
from halfshaft.plan.instance import Kind, Module, ModuleKey, PlanInstance, PlanLine, PlanUnit, Risk, Slot
from halfshaft.plan.model import Floor

_ANY: ModuleKey = ("any", "any")
# Relative gap that is enough for a floor, and seconds after which its bound is taken as it stands.
_GAP, _SECONDS = 2e-4, 4.0


@dataclass(frozen=True)
class _Group:
    """Plants of one process that meet at sites, directly or through others."""

    process: str
    plants: frozenset[str]
    sites: frozenset[str]


def line_floors(
    instance: PlanInstance, *, time_limit: float, stop: Callable[[], bool] = lambda: False
) -> tuple[tuple[Floor, ...], float]:
    """A floor for each process and group of plants whose cars need it, from a search of some seconds each; and seconds of building.

    None where risk is weighed: the objective is then no sum of costs. `stop` is asked between searches and ends them.
    """
    ends = time.monotonic() + time_limit
    found, built = [], 0.0
    for group in _groups(instance) if not instance.risk.weight else ():
        small = _stand_in(instance, group)
        if small is None or time.monotonic() >= ends or stop():
            continue
        began = time.monotonic()
        model = build_model(small)
        built += time.monotonic() - began
        seconds = min(_SECONDS, max(ends - time.monotonic(), 0.05))
        answer = solve(model.arrays, gap=_GAP, time_limit=seconds)
        if np.isfinite(answer.bound):
            numbers = [i for i, line in enumerate(instance.lines) if _of(line, group)]
            standing = {}
            if answer.values is not None:
                standing = {
                    number: tuple(int(count) for count in np.rint(answer.values[columns]))
                    for number, columns in zip(numbers, model.at.standing, strict=True)
                }
            cost = answer.bound - 1e-9 * abs(answer.bound)
            found.append(Floor(group.process, group.plants, cost, standing))
    return tuple(found), built


def _of(line: PlanLine, group: _Group) -> bool:
    return line.plant in group.plants and line.process == group.process


def _groups(instance: PlanInstance) -> list[_Group]:
    found = []
    for process in sorted({line.process for line in instance.lines}):
        makers = {line.plant for line in instance.lines if line.process == process}
        open_ = [plant for plant in instance.plants if plant.id in makers]
        lanes = {plant.id: {s.id for s in instance.sites if instance.may_supply(plant, s)} for plant in open_}
        while lanes:
            plant, sites = lanes.popitem()
            plants = {plant}
            while more := [other for other, its in lanes.items() if its & sites]:
                for other in more:
                    plants.add(other)
                    sites |= lanes.pop(other)
            found.append(_Group(process, frozenset(plants), frozenset(sites)))
    return found


def _stand_in(instance: PlanInstance, group: _Group) -> PlanInstance | None:
    """The group's lines and lanes with the fewest pieces that its cars can need; None where they need none for sure."""
    index = [instance.module_index[key] for key in instance.made if instance.process_of[key[0]] == group.process]
    need = {site: np.zeros((len(instance.scenarios), instance.calendar.years)) for site in sorted(group.sites)}
    for slot in instance.slots:
        if slot.site in group.sites and slot.options:
            fewest = float(np.asarray(instance.content(slot)[:, index].sum(axis=1)).min())
            for number, w in enumerate(instance.scenarios) if fewest else ():
                need[slot.site][number] += fewest * np.array(cars(slot, w, slot.latest_delay))
    needing = [site for site, pieces in need.items() if pieces.any()]
    if not needing:
        return None
    slots = tuple(Slot(site, site, site, 0, ("axle",), np.array([[0]])) for site in needing)
    scenarios = tuple(
        replace(w, volumes={site: tuple(need[site][number].tolist()) for site in needing})
        for number, w in enumerate(instance.scenarios)
    )
    sites = tuple(site for site in instance.sites if site.id in group.sites)
    plants = tuple(plant for plant in instance.plants if plant.id in group.plants)
    members = {site.partner for site in sites} | {plant.partner for plant in plants}
    return replace(
        instance,
        title=f"{instance.title}, {group.process} of {', '.join(sorted(group.plants))}",
        partners=tuple(partner for partner in instance.partners if partner.id in members),
        sites=sites,
        kinds=(Kind(_ANY[0], group.process),),
        modules=(Module(_ANY),),
        units=(PlanUnit(_ANY[0], ((_ANY, 1),)),),
        slots=slots,
        scenarios=scenarios,
        teams=(),
        parts=(),
        terms=(),
        offers=(),
        plants=plants,
        lines=tuple(line for line in instance.lines if _of(line, group)),
        duties=(),
        risk=Risk(),
    )
