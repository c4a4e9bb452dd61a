"""Rows of duty: what crosses between zones pays it, unless origin is claimed, which a share of foreign parts forbids."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from halfshaft.plan.draft import Draft
from halfshaft.plan.evaluate import ex_works_price
from halfshaft.plan.instance import ModuleKey
from halfshaft.plan.model import MILLION, THOUSAND


class DutyRows:
    """Duty and claims of one scenario after the other."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    def add(self, w: int) -> None:
        """Duty on what crosses between zones, unless origin is claimed, which a share of foreign parts forbids."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        if not instance.duties:
            return
        crossing: dict[tuple[str, ModuleKey, str, int], list[int]] = defaultdict(list)
        for flow in at.shipments[w]:
            plant, site = flow.where
            zone = instance.site[site].zone
            for key, t, column in flow.items(instance):
                if instance.duty_of(key[0], instance.plant[plant].zone, zone) is not None:
                    crossing[plant, key, zone, t // self.draft.per_year].append(column)
        by_place: dict[tuple[str, ModuleKey, int], list[tuple[int, int]]] = defaultdict(list)
        for flow in at.purchases[w]:
            index, place = flow.where
            for key, year, column in flow.items(instance):
                by_place[place, key, year].append((index, column))
        made: dict[tuple[str, ModuleKey, int], list[int]] = defaultdict(list)
        for flow in at.output[w]:
            plant = instance.lines[flow.where[0]].plant
            for key, t, column in flow.items(instance):
                made[plant, key, t // self.draft.per_year].append(column)
        for (plant, key, zone, year), columns in crossing.items():
            owner = instance.plant[plant]
            duty = instance.duty_of(key[0], owner.zone, zone)
            assert duty is not None
            value = instance.module[key].value
            paid = duty.rate[year] * value * self.draft.discount[year] * THOUSAND / MILLION
            if not paid:
                continue
            due = model.column()
            self.draft.charge(w, due, paid)
            limit = duty.most_foreign[year]
            if limit is None:
                row = model.row([due, *columns], [1.0, *(-np.ones(len(columns)))], lower=0.0)
                at.flows.append((np.array([instance.module_index[key]]), np.array([due])))
                at.flow_rows.append(np.array([row]))
                continue
            most = sum(self.draft.model.upper_of(column) for column in columns)
            claim = model.column(upper=1.0, integer=True)
            at.claims[w][plant, key, zone, year] = claim
            model.row([due, claim, *columns], [1.0, most, *(-np.ones(len(columns)))], lower=0.0)
            foreign = [
                (column, ex_works_price(instance, index, key, year))
                for index, column in by_place[instance.place_of_plant[plant], key, year]
                if not instance.originating(instance.offers[index], owner.zone)
            ]
            if foreign:
                output = made[plant, key, year]
                highest = sum(price * self.draft.model.upper_of(column) for column, price in foreign)
                model.row(
                    [*(column for column, _ in foreign), *output, claim],
                    [*(price / THOUSAND for _, price in foreign), *(-limit * value / THOUSAND * np.ones(len(output))), highest / THOUSAND],
                    upper=highest / THOUSAND,
                )  # fmt: skip
