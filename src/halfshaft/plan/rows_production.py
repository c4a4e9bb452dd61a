"""Rows of production: lines, what they carry and what their labour costs; tools; output, stock and shipments of every module.

Line openings are cumulative integers per line and period, with the ramp in the capacity row. Flows are stated by process and place, all
modules at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from halfshaft.plan.blocks import FloatArray, IntArray
from halfshaft.plan.draft import Draft, Entry, Need
from halfshaft.plan.instance import ModuleKey, PlanLine, PlanPlant
from halfshaft.plan.model import MILLION, THOUSAND, Flow


class ProductionRows:
    """Lines before demand is known; output, shifts, stock and lanes once for each scenario."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        # Slots and modules whose tools are tied to their use.
        self._linked: set[tuple[str, int]] = set()

    def add(self, w: int) -> None:
        """One scenario's production."""
        self._production(w)
        self._capacities(w)

    def standing_lines(self) -> None:
        """Lines standing in each period, never fewer than before: capital when ordered, upkeep while they stand."""
        instance, model, calendar = self.draft.instance, self.draft.model, self.draft.instance.calendar
        count, periods = len(instance.lines), calendar.periods
        cost, lower, upper = np.zeros((count, periods)), np.zeros((count, periods)), np.zeros((count, periods))
        for index, line in enumerate(instance.lines):
            paid = np.array([calendar.at_start(max(0, t - line.lead)) for t in self.draft.periods] + [0.0])
            cost[index] = line.capital * (paid[:-1] - paid[1:])
            for year in self.draft.years:
                cost[index, (year + 1) * self.draft.per_year - 1] += line.yearly_cost * calendar.discount[year]
            self.draft.offset -= line.existing * line.capital * paid[0] / MILLION
            lower[index] = line.existing
            upper[index] = [line.most if t >= line.lead else line.existing for t in self.draft.periods]
        self.draft.at.standing = model.columns(
            (count, periods), cost=cost / MILLION, lower=lower, upper=upper, integer=True
        )
        for index, line in enumerate(instance.lines):
            after, now = self.draft.at.standing[index, 1:], self.draft.at.standing[index, :-1]
            order = np.arange(periods - 1)
            model.rows(np.zeros(periods - 1), np.inf, (order, after, 1.0), (order, now, -1.0))
            self.draft.making[line.process, line.plant].append(self.draft.at.standing[index])
            self.draft.limit(_line_limit(line), columns=self.draft.at.standing[index].tolist())

    def _production(self, w: int) -> None:
        """Plants make what sites need and ship it over their lanes; a plant is tooled for what it makes."""
        instance = self.draft.instance
        by_process: dict[str, list[int]] = defaultdict(list)
        for key in sorted(instance.made):
            if key in self.draft.launches_of:
                by_process[instance.process_of[key[0]] or ""].append(instance.module_index[key])
        for process, made in by_process.items():
            modules = np.array(made)
            makers = {line.plant for line in instance.lines if line.process == process}
            plants = [plant for plant in instance.plants if plant.id in makers]
            shipped: dict[str, list[Flow]] = {plant.id: [] for plant in plants}
            for site in instance.sites:
                need = self.draft.need(w, modules, frozenset({site.id}))
                if need.modules.size:
                    able = [plant for plant in plants if instance.may_supply(plant, site)]
                    for flow in self._supplied(w, process, site.id, need, able):
                        shipped[flow.where[0]].append(flow)
                    self._tools_with_use(need.modules, site.id, able)
            for plant in plants:
                if shipped[plant.id]:
                    self._plant_balance(w, process, plant, shipped[plant.id])

    def _supplied(self, w: int, process: str, site: str, need: Need, able: Sequence[PlanPlant]) -> list[Flow]:
        """What a site needs in each period comes over the lanes of the plants that may supply it."""
        model, season = self.draft.model, np.array(self.draft.instance.calendar.season)
        count, periods = need.modules.size, len(self.draft.periods)
        pieces = (need.pieces[:, :, None] * season).reshape(-1, periods)
        most = (need.most[:, :, None] * season).reshape(-1, periods)
        order = np.arange(count * periods).reshape(count, periods)
        entries = [(order[need.rows].ravel(), np.repeat(need.columns, periods), -pieces.ravel())]
        found = []
        for plant in able:
            cost = plant.lanes[site] * np.repeat(self.draft.discount, self.draft.per_year) * THOUSAND / MILLION
            columns = model.columns(order.shape, upper=most)
            self.draft.charge(w, columns, cost)
            self.draft.making[process, plant.id].append(columns)
            found.append(self.draft.flow(self.draft.at.shipments[w], (plant.id, site), need.modules, columns, most))
            entries.append((order.ravel(), columns.ravel(), 1.0))
        rows = model.rows(np.zeros(order.size), 0.0, *entries).reshape(order.shape)
        self.draft.at.flow_rows.append(rows.ravel())
        if not able:
            kinds = np.array([self.draft.instance.modules[index].key[0] for index in need.modules])
            for kind in np.unique(kinds).tolist():
                self.draft.limit(self._unsupplied(process, site, kind), rows[kinds == kind].ravel().tolist())
        return found

    def _unsupplied(self, process: str, site: str, kind: str) -> str:
        """What is missing where no plant may supply a site with modules of a kind."""
        instance = self.draft.instance
        makers = {line.plant for line in instance.lines if line.process == process}
        if not makers:
            return f"the lines that make {kind} (there are none for {process})"
        linked = [plant for plant in instance.plants if plant.id in makers and site in plant.lanes]
        if linked:
            givers, taker = sorted({plant.partner for plant in linked}), instance.site[site].partner
            return f"the leave of {' or '.join(givers)} to supply {taker} with {kind} at {site}"
        return f"the lanes over which {site} gets {kind}"

    def _tools_with_use(self, modules: IntArray, site: str, able: Sequence[PlanPlant]) -> None:
        """Somewhere a tool must stand for every slot that uses a module: stated per slot, far tighter than limits on flows."""
        instance, model = self.draft.instance, self.draft.model
        if not able:
            # What nobody may supply cannot be used: the need of the site says so.
            return
        tools = {
            int(index): [self._tooling(plant.id, instance.modules[index].key) for plant in able]
            for index in modules
            if self.draft.has_tools(instance.modules[index].key)
        }
        for uses in self.draft.at.uses:
            slot = uses.slot
            tied = [int(i) for i in uses.modules if int(i) in tools and (slot.id, int(i)) not in self._linked]
            if slot.site != site or not tied:
                continue
            self._linked.update((slot.id, index) for index in tied)
            options = [self.draft.holding(slot, instance.modules[index].key) for index in tied]
            building, order = self.draft.building[slot.id][np.concatenate(options)], np.arange(len(tied))
            of_tools = np.array([tool for index in tied for tool in tools[index]], dtype=np.int64)
            model.rows(
                np.full(order.size, -np.inf),
                0.0,
                (np.repeat(np.repeat(order, [o.size for o in options]), building.shape[1]), building.ravel(), 1.0),
                (np.repeat(order, [len(tools[index]) for index in tied]), of_tools, -1.0),
            )

    def _plant_balance(self, w: int, process: str, plant: PlanPlant, shipped: Sequence[Flow]) -> None:
        """Output on all lines of a plant, less what is shipped, is what is held; nothing is held over the end of a year."""
        instance, model, periods = self.draft.instance, self.draft.model, len(self.draft.periods)
        modules = np.unique(np.concatenate([flow.modules for flow in shipped]))
        order = np.arange(modules.size * periods).reshape(-1, periods)
        entries: list[Entry] = []
        most = np.zeros(order.shape)
        for flow in shipped:
            rows = np.searchsorted(modules, flow.modules)
            most[rows] += flow.most
            entries.append((order[rows].ravel(), flow.columns.ravel(), -1.0))
        # A piece may be made in any period of the year in which it is needed.
        yearly = np.repeat(most.reshape(modules.size, -1, self.draft.per_year).sum(axis=2), self.draft.per_year, axis=1)
        tooled = np.array([self.draft.has_tools(instance.modules[index].key) for index in modules], dtype=bool)
        tools = [self._tooling(plant.id, instance.modules[index].key) for index in modules[tooled]]
        for index, line in enumerate(instance.lines):
            if (line.plant, line.process) != (plant.id, process):
                continue
            made = model.columns(order.shape, upper=yearly)
            factor = line.labour_cost * (line.learning[0][1] if len(line.learning) == 1 else 0.0)
            labour = factor * np.repeat(self.draft.discount, self.draft.per_year) * THOUSAND / MILLION
            self.draft.charge(w, made, labour)
            self.draft.making[process, plant.id].append(made)
            self.draft.flow(self.draft.at.output[w], (index,), modules, made, yearly)
            entries.append((order.ravel(), made.ravel(), 1.0))
            if tools:
                every = np.arange(len(tools) * periods)
                tool, limit = np.repeat(tools, periods), yearly[tooled].ravel()
                model.rows(np.full(every.size, -np.inf), 0.0, (every, made[tooled].ravel(), 1.0), (every, tool, -limit))
        if self.draft.per_year > 1:
            # Not over the end of a year.
            inner = np.flatnonzero(np.arange(1, periods + 1) % self.draft.per_year)
            held = model.columns((modules.size, inner.size), upper=yearly[:, inner])
            cost = plant.holding_cost * self.draft.discount[inner // self.draft.per_year] * THOUSAND / MILLION
            self.draft.charge(w, held, cost)
            self.draft.making[process, plant.id].append(held)
            self.draft.at.flows.append((np.repeat(modules, inner.size), held.ravel()))
            entries.append((order[:, inner].ravel(), held.ravel(), -1.0))
            entries.append((order[:, inner + 1].ravel(), held.ravel(), 1.0))
        self.draft.at.flow_rows.append(model.rows(np.zeros(order.size), 0.0, *entries))

    def _tooling(self, plant: str, key: ModuleKey) -> int:
        """The tool of a module at a plant, and with it the tools of what the module includes."""
        at = self.draft.at
        if (plant, key) not in at.tooled:
            at.tooled[plant, key] = column = self.draft.tool(key)
            for inner in self.draft.instance.module[key].includes:
                self.draft.model.row([column, self._tooling(plant, inner)], [1.0, -1.0], upper=0.0)
        return at.tooled[plant, key]

    def _capacities(self, w: int) -> None:
        """Lines carry the load, in longer shifts or over their limit where there is a way; labour falls with what was made."""
        instance, model = self.draft.instance, self.draft.model
        by_line = {flow.where[0]: flow for flow in self.draft.at.output[w]}
        together: dict[str, list[tuple[int, list[Entry], FloatArray]]] = defaultdict(list)
        for index, line in enumerate(instance.lines):
            load = by_line.get(index)
            if load is None:
                continue
            periods, columns = np.tile(self.draft.periods, load.modules.size), load.columns.ravel()
            capacity = line.capacity / self.draft.per_year / THOUSAND
            entries: list[Entry] = [(periods, columns, 1.0)]
            upper = np.zeros(len(self.draft.periods))
            entries += self._ramped(index, line, capacity, upper)
            for shift, model_of in enumerate(line.shifts):
                run = model.columns(len(self.draft.years), upper=float(line.most), integer=True)
                self.draft.charge(w, run, model_of.yearly_cost * self.draft.discount / MILLION)
                self.draft.making[line.process, line.plant].append(run)
                self.draft.at.shifts[w].update({(index, shift, year): int(column) for year, column in enumerate(run)})
                order = np.arange(len(self.draft.periods))
                entries.append((order, np.repeat(run, self.draft.per_year), -capacity * (model_of.output - 1.0)))
            if line.shifts:
                for year in self.draft.years:
                    run_now = [self.draft.at.shifts[w][index, shift, year] for shift in range(len(line.shifts))]
                    model.row(
                        [*run_now, self.draft.at.standing[index, year * self.draft.per_year]],
                        [*np.ones(len(run_now)), -1.0],
                        upper=0.0,
                    )
            if line.overflow_cost is not None:
                over = model.columns(len(self.draft.periods))
                self.draft.charge(
                    w,
                    over,
                    line.overflow_cost * np.repeat(self.draft.discount, self.draft.per_year) * THOUSAND / MILLION,
                )
                self.draft.making[line.process, line.plant].append(over)
                entries.append((np.arange(len(self.draft.periods)), over, -1.0))
            rows = model.rows(np.full(len(self.draft.periods), -np.inf), upper, *entries)
            self.draft.limit(_line_limit(line), rows.tolist())
            together[line.process].append((index, entries[1:], upper))
            if len(line.learning) > 1:
                self._learning(w, index, line, load)
        for process, lines in together.items() if self.draft.strong else ():
            self._lines_together(w, process, lines)

    def _lines_together(
        self,
        w: int,
        process: str,
        lines: Sequence[tuple[int, list[Entry], FloatArray]],
    ) -> None:
        """All lines that may serve a partner make in a year at least what its cars take, whatever is chosen.

        It follows from the rows of single lines and modules; said in one row, it lets the solver round the number of lines up.
        """
        instance = self.draft.instance
        served: dict[frozenset[int], FloatArray] = {}
        for slot in instance.slots:
            able = frozenset(
                line
                for line, _, _ in lines
                if instance.may_supply(instance.plant[instance.lines[line].plant], instance.site[slot.site])
            )
            least = self.draft.range_of(slot, "process", process)[0]
            cars_least = self.draft.cars[w, slot.id, slot.latest_delay] / THOUSAND
            need = served.setdefault(able, np.zeros(len(self.draft.years)))
            need += least * cars_least
        for able, need in served.items():
            years = np.flatnonzero(need > 0.0)
            entries: list[Entry] = []
            right = need.copy()
            for line, terms, upper in lines:
                if line in able:
                    right -= upper.reshape(-1, self.draft.per_year).sum(axis=1)
                    for row, column, value in terms:
                        where, what, much = np.broadcast_arrays(np.asarray(row), np.asarray(column), np.asarray(value))
                        entries.append((where // self.draft.per_year, what, -much))
            if years.size and entries:
                self.draft.model.rows(right, np.inf, *entries)

    def _ramped(self, index: int, line: PlanLine, capacity: float, upper: FloatArray) -> list[Entry]:
        """Capacity by period in terms of lines standing in each period; what stands already goes to the right-hand side."""
        ramp = np.array([*line.ramp, 1.0])
        steps = np.diff(ramp, prepend=0.0)
        standing, entries = self.draft.at.standing[index], []
        for age, step in enumerate(steps):
            if step:
                rows = np.arange(age, len(self.draft.periods))
                entries.append((rows, standing[: standing.size - age], -capacity * step))
                # Before the first period, the existing lines stood as they do now.
                upper[: min(age, upper.size)] += capacity * step * line.existing
        return entries  # type: ignore[return-value]

    def _learning(self, w: int, index: int, line: PlanLine, load: Flow) -> None:
        """Pieces in blocks of falling labour; a block may be begun only when the one before it is full."""
        model, count = self.draft.model, len(self.draft.periods)
        order = np.arange(count)
        present = np.repeat(self.draft.discount, self.draft.per_year) * THOUSAND / MILLION
        # Where limits are to be loosened one by one, the line's capacity is not taken for granted here.
        limit = np.minimum(load.most.sum(axis=0), self._most_of_line(line) if self.draft.strong else np.inf)
        periods, columns = np.tile(order, load.modules.size), load.columns.ravel()
        ends = [start / THOUSAND for start, _ in line.learning[1:]]
        reach = limit.sum()
        entries: list[Entry] = [(periods, columns, -1.0)]
        before, full_before = 0.0, None
        for number, (_, factor) in enumerate(line.learning):
            if before >= reach:
                break
            block = model.columns(count, upper=limit)
            self.draft.charge(w, block, line.labour_cost * factor * present)
            self.draft.making[line.process, line.plant].append(block)
            entries.append((order, block, 1.0))
            if full_before is not None:
                model.rows(np.full(count, -np.inf), 0.0, (order, block, 1.0), (order, full_before, -limit))
            if number < len(ends) and ends[number] < reach:
                size = ends[number] - before
                model.row(block, 1.0, upper=size)
                full = model.columns(count, upper=1.0, integer=True)
                self.draft.at.full[w].update({(index, number, t): int(column) for t, column in enumerate(full)})
                for t in range(count):
                    model.row([*block[: t + 1], full[t]], [*np.ones(t + 1), -size], lower=0.0)
                model.rows(np.zeros(count - 1), np.inf, (order[:-1], full[1:], 1.0), (order[:-1], full[:-1], -1.0))
                full_before, before = full, ends[number]
            else:
                break
        model.rows(np.zeros(count), 0.0, *entries)

    def _most_of_line(self, line: PlanLine) -> float:
        """Thousand pieces that all lines at a plant can make in a period, shifts and all; no limit where there is overflow."""
        if line.overflow_cost is not None:
            return np.inf
        longest = max((shift.output for shift in line.shifts), default=1.0)
        return line.most * line.capacity * max(1.0, longest) / self.draft.per_year / THOUSAND


def _line_limit(line: PlanLine) -> str:
    longest = max((shift.output for shift in line.shifts), default=1.0)
    pieces = line.most * line.capacity * max(1.0, longest)
    dates = f", a new one after {line.lead} period{'s' * (line.lead > 1)}" if line.lead else ""
    return f"the {line.process} lines at {line.plant} (at most {line.most}, {pieces:,.0f} pieces a year{dates})"
