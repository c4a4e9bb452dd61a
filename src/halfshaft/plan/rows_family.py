"""Rows of the family: the option that each slot takes, the modules launched for it and when, and what that costs before anything is made.

A slot uses a module only if it is launched, stated for each pair of slot and module (strong form), not summed. A concave volume law is the
lower envelope of its chords, with the volume of each slot apart on each chord.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from halfshaft.plan.blocks import FloatArray, IntArray
from halfshaft.plan.draft import Draft
from halfshaft.plan.evaluate import hours_before
from halfshaft.plan.instance import ModuleKey, Slot
from halfshaft.plan.model import MILLION, THOUSAND, Uses


class FamilyRows:
    """What is decided before demand is known, lines apart; and the laws, once for each scenario."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def add(self) -> None:
        """Choices, launches and changes of units; they are the first columns of a model."""
        self._choices()
        self._launches()
        self._changes()
        self.draft.at.family.append(np.arange(self.draft.model.column_count))

    def _choices(self) -> None:
        """One option of each slot, on time or late; with it the money and the lost sales of every car."""
        instance, model = self.draft.instance, self.draft.model
        for slot in instance.slots:
            picked = np.asarray(self.draft.offered[slot.id], dtype=np.int64)
            delays = slot.latest_delay + 1
            columns = model.columns((picked.size, delays), upper=1.0, integer=True)
            self.draft.at.choice[slot.id] = columns
            row = model.row(columns, 1.0, 1.0, 1.0)
            most = max(max(scenario.volumes[slot.id]) for scenario in instance.scenarios)
            stage = "" if slot.follows is None else f" from {self.draft.year(slot.start)}"
            self.draft.limit(f"the demand for {slot.vehicle}{stage} (up to {most:,.0f} cars a year)", [row])
            money = np.zeros(picked.size)
            for values in slot.per_car.values():
                money += values[picked]
            for w in range(len(instance.scenarios)):
                for late in range(delays):
                    lost = self.draft.cars[w, slot.id, 0] - self.draft.cars[w, slot.id, late]
                    present = float(self.draft.cars[w, slot.id, late] @ self.draft.discount)
                    missing = float(lost @ self.draft.discount) * slot.lost_per_car
                    self.draft.charge(w, columns[:, late], (money * present + missing) / MILLION)
            content = instance.content(slot)
            if picked.size != slot.options or np.any(picked[1:] < picked[:-1]):
                content = content[picked]
            self.draft.look_into(slot, content)

    def _launches(self) -> None:
        """Modules launched in a year in which some slot may first take them; what carries over; hours of the teams."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        candidates: dict[ModuleKey, set[int]] = defaultdict(set)
        for slot in instance.slots:
            for index in np.flatnonzero(self.draft.most[slot.id]):
                candidates[instance.modules[index].key].update(
                    slot.start + late for late in range(slot.latest_delay + 1)
                )
        # A parent may be launched for the sake of its child; a chain of them is as long as there are modules, at most.
        for _ in instance.modules:
            grown = False
            for module in instance.modules:
                if module.key in candidates and module.parent in candidates:
                    grown |= not candidates[module.key] <= candidates[module.parent]
                    candidates[module.parent] |= candidates[module.key]
            if not grown:
                break
        for key, years in sorted(candidates.items()):
            module = instance.module[key]
            for year in sorted(year for year in years if year >= module.earliest):
                cost = module.development * instance.calendar.before_launch(year) / MILLION
                at.launch[key, year] = model.column(cost=cost, upper=1.0, integer=True)
        by_key: dict[ModuleKey, list[tuple[int, int]]] = defaultdict(list)
        for (key, year), column in at.launch.items():
            by_key[key].append((year, column))
        self.draft.launches_of = by_key
        for slot in instance.slots:
            self._use(slot)
        for found in by_key.values():
            if len(found) > 1:
                model.row([column for _, column in found], 1.0, upper=1.0)
        for module in instance.modules:
            if module.key in by_key and module.parent is not None and module.carry_over > 0.0:
                self._carry_over(module.key, module.parent)
        # A parent that no vehicle uses is not developed for its carry-over alone: nobody would launch it.
        for parent in sorted({m.parent for m in instance.modules if m.parent is not None and m.parent in by_key}):
            launches = np.array([column for _, column in by_key[parent]])
            users = np.concatenate(
                [at.choice[slot.id][self.draft.holding(slot, parent)].ravel() for slot in instance.slots]
            )
            model.rows(-np.inf, 0.0, (0, launches, 1.0), (0, users, -1.0))
        for kind in instance.kinds:
            columns = [column for (key, _), column in at.launch.items() if key[0] == kind.id]
            if kind.most is not None and columns:
                row = model.row(columns, 1.0, upper=float(kind.most))
                self.draft.limit(f"at most {kind.most} of kind {kind.id}", [row])
        self._hours()

    def _use(self, slot: Slot) -> None:
        """A slot takes a module only once it is launched; how many pieces it takes."""
        instance, model, content = self.draft.instance, self.draft.model, self.draft.content[slot.id]
        columns, delays = self.draft.at.choice[slot.id], range(slot.latest_delay + 1)
        taken = np.flatnonzero(self.draft.most[slot.id])
        keys = [instance.modules[index].key for index in taken]
        # Entries by module, one for each option that holds it: all of the matrix, since other modules have none.
        order = np.repeat(np.arange(taken.size), np.diff(content.indptr)[taken])
        for late in delays:
            ready = [
                (row, column)
                for row, key in enumerate(keys)
                for year, column in self.draft.launches_of[key]
                if year <= slot.start + late
            ]
            launched, launches = np.array(ready, dtype=np.int64).reshape(-1, 2).T
            rows = model.rows(
                np.full(taken.size, -np.inf),
                0.0,
                *((order, columns[content.indices, earlier], 1.0) for earlier in range(late + 1)),
                (launched, launches, -1.0),
            )
            for row in np.setdiff1d(np.arange(taken.size), launched).tolist():
                kind, name = keys[row]
                year = self.draft.year(instance.module[kind, name].earliest)
                self.draft.limit(f"the date of {kind} {name} (not before {year})", [int(rows[row])])
        driving = np.array([key in self.draft.driving for key in keys], dtype=bool)
        if not driving.any():
            return
        pieces = model.columns((int(driving.sum()), len(delays)), upper=self.draft.most[slot.id][taken[driving], None])
        place, counted = np.cumsum(driving) - 1, driving[order]
        for late in delays:
            model.rows(
                np.zeros(pieces.shape[0]),
                0.0,
                (place[order[counted]], columns[content.indices[counted], late], content.data[counted]),
                (np.arange(pieces.shape[0]), pieces[:, late], -1.0),
            )
        self.draft.at.uses.append(Uses(slot, taken[driving], pieces, self.draft.most[slot.id][taken[driving]]))

    def _carry_over(self, key: ModuleKey, parent: ModuleKey) -> None:
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        module = instance.module[key]
        parents = self.draft.launches_of[parent]
        for year, column in self.draft.launches_of[key]:
            saved = module.carry_over * module.development * instance.calendar.before_launch(year) / MILLION
            carried = model.column(cost=-saved, upper=1.0)
            at.carried[key, year] = carried
            model.row([carried, column], [1.0, -1.0], upper=0.0)
        for year, _ in self.draft.launches_of[key]:
            mine = [at.carried[key, t] for t, _ in self.draft.launches_of[key] if t <= year]
            theirs = [c for t, c in parents if t <= year]
            model.row([*mine, *theirs], [*np.ones(len(mine)), *(-np.ones(len(theirs)))], upper=0.0)

    def _hours(self) -> None:
        """What is launched by a year takes no more hours than the teams have before it: work can be spread over all years before."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        if not instance.teams:
            return
        for skill in sorted({skill for module in instance.modules for skill in module.effort}):
            for by in sorted({year for _, year in at.launch}):
                columns, hours = [], []
                for (key, year), column in at.launch.items():
                    effort = instance.module[key].effort.get(skill, 0.0) / THOUSAND
                    if year <= by and effort:
                        columns.append(column)
                        hours.append(effort)
                        if (key, year) in at.carried:
                            columns.append(at.carried[key, year])
                            hours.append(-effort * instance.module[key].carry_over)
                if columns:
                    there = hours_before(instance, skill, by)
                    row = model.row(columns, hours, upper=there / THOUSAND)
                    self.draft.limit(f"the teams' hours of {skill} before {self.draft.year(by)} ({there:,.0f})", [row])

    def _changes(self) -> None:
        """A later stage that keeps its units pays nothing for changing them."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        for slot in instance.slots:
            if slot.follows is None or not slot.change_cost:
                continue
            cost = slot.change_cost * instance.calendar.before_launch(slot.start) / MILLION
            self.draft.offset += cost
            before = instance.slot[slot.follows]
            known: dict[tuple[tuple[str, int], ...], list[int]] = defaultdict(list)
            for row, option in enumerate(self.draft.offered[before.id]):
                known[_outfit(before, int(option))].append(row)
            for row, option in enumerate(self.draft.offered[slot.id]):
                old = known.get(_outfit(slot, int(option)))
                if old is not None:
                    same = model.column(cost=-cost, upper=1.0)
                    for columns in (at.choice[before.id][old].ravel(), at.choice[slot.id][row]):
                        model.row([same, *columns], [1.0, *(-np.ones(columns.size))], upper=0.0)

    def laws(self, w: int) -> None:
        """A concave law as the lower envelope of its chords: one chord is taken, and all volume of the module lies on it."""
        instance, model = self.draft.instance, self.draft.model
        for module in instance.modules:
            if module.law is None or module.key not in self.draft.launches_of:
                continue
            key, index = module.key, instance.module_index[module.key]
            flows: list[tuple[IntArray, FloatArray, float]] = []
            for uses in self.draft.at.uses:
                slot, columns = uses.slot, uses.of(index)
                if columns.size:
                    present = (
                        np.array(
                            [
                                self.draft.cars[w, slot.id, late] @ self.draft.discount
                                for late in range(slot.latest_delay + 1)
                            ]
                        )
                        / THOUSAND
                    )
                    flows.append((columns, present, float(present[0] * self.draft.most[slot.id][index])))
            flows = [flow for flow in flows if flow[2] > 0.0]
            if not flows:
                continue
            most = sum(flow[2] for flow in flows)
            points = chord_points(min(flow[2] for flow in flows), most, self.draft.breakpoints.get(key, ()))
            if module.law.exponent == 0.0:
                points = points[[0, -1]]
            self.draft.points[w][key] = points
            costs = np.array([instance.law_cost(key, p * THOUSAND) for p in points]) / MILLION
            slopes = np.diff(costs) / np.diff(points)
            starts = costs[:-1] - slopes * points[:-1]
            taken = model.columns(slopes.size, upper=1.0, integer=True)
            self.draft.at.family.append(taken)
            self.draft.charge(w, taken, starts)
            self.draft.at.chord[w].update({(key, number): int(column) for number, column in enumerate(taken)})
            launched = [column for _, column in self.draft.launches_of[key]]
            model.row([*taken, *launched], [*np.ones(taken.size), *(-np.ones(len(launched)))], upper=0.0)
            order = np.arange(slopes.size)
            for columns, present, limit in flows:
                on = model.columns(slopes.size, upper=limit)
                self.draft.at.family.append(on)
                self.draft.charge(w, on, slopes)
                model.row([*on, *columns], [*np.ones(on.size), *(-present)], 0.0, 0.0)
                model.rows(np.full(slopes.size, -np.inf), 0.0, (order, on, 1.0), (order, taken, -limit))


def _outfit(slot: Slot, option: int) -> tuple[tuple[str, int], ...]:
    """Units by position; an empty position is like none."""
    return tuple(sorted((p, u) for p, u in zip(slot.positions, slot.units[option].tolist(), strict=True) if u >= 0))


def chord_points(least: float, most: float, more: Sequence[float] = ()) -> NDArray[np.float64]:
    """Present volumes between which a law is replaced by chords: 0, a geometric ladder from the smallest user to all, and `more`."""
    ladder = (
        np.geomspace(least, most, max(2, int(np.ceil(np.log2(most / least))) + 1)) if most > least * 1.001 else [most]
    )
    inner = [point for point in more if 0.0 < point < most]
    return np.unique(np.round(np.array([0.0, *ladder, *inner]), 9))
