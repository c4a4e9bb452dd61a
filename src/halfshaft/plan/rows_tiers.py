"""Rows of discounts: tiers that a contract reaches, and which of them can be reached side by side.

All-units tiers stand in rebate form: the list price is paid on everything, and each tier gives back its step of the discount, limited by
what is bought and by a nested binary; "no rebate" is always feasible, and the form is exact since discounts never fall with volume.
Combinations of tiers ("patterns") are the convex hull of what is bought under each, for whom and for how much money.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from halfshaft.plan.blocks import FloatArray, IntArray
from halfshaft.plan.draft import Draft
from halfshaft.plan.instance import PlanPart
from halfshaft.plan.model import MILLION, THOUSAND
from halfshaft.plan.rows_purchase import Bought

# Combinations of tiers of the offers for one part that are written out.
_MOST_PATTERNS = 100


class TierRows:
    """Discounts of one scenario after the other, on what was bought in it."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.bought: Mapping[tuple[int, int], Sequence[Bought]] = {}
        # What is worked out once: what a circle needs of a part, by (scenario, part, circle); what all cars of a partner take of a part, by
        # (scenario, part); what an offer can see, by (scenario, offer).
        self._need_of: dict[tuple[int, str, frozenset[str]], FloatArray] = {}
        self._taken: dict[tuple[int, str], dict[str, FloatArray]] = {}
        self._reach: dict[tuple[int, int], FloatArray] = {}

    def add(self, w: int, bought: Mapping[tuple[int, int], Sequence[Bought]]) -> None:
        """Discounts on what was bought in one scenario, by (offer, contract)."""
        self.bought = bought
        self._terms(w)
        if self.draft.strong:
            self._patterns(w)

    def _terms(self, w: int) -> None:
        """Each tier gives back its step, once what is bought under the terms in a contract reaches it."""
        instance, model, at = self.draft.instance, self.draft.model, self.draft.at
        for terms in instance.terms:
            offers = [index for index, offer in enumerate(instance.offers) if offer.terms == terms.id]
            for number, contract in enumerate(instance.contracts):
                bought = [entry for index in offers for entry in self.bought.get((index, number), ())]
                if not bought:
                    continue
                columns, prices, present = Bought.joined(bought)
                pieces, money, spend = self._most_bought(w, offers, number)
                counted = prices if terms.basis == "money" else np.ones(columns.size)
                scale = MILLION if terms.basis == "money" else THOUSAND
                reach = money if terms.basis == "money" else pieces
                previous = None
                for step in range(1, len(terms.tiers)):
                    start = terms.tiers[step][0] / scale * len(contract)
                    gain = terms.tiers[step][1] - terms.tiers[step - 1][1]
                    if start > reach:
                        break
                    reached = model.column(upper=1.0, integer=True)
                    claimed = model.column(upper=spend if terms.kind == "all units" else reach)
                    at.rebates[w][terms.id, number, step] = (claimed, reached)
                    if terms.kind == "all units":
                        self.draft.charge(w, claimed, -gain)
                        model.rows(-np.inf, 0.0, (0, columns, -present), (0, claimed, 1.0))
                        model.row([claimed, reached], [1.0, -spend], upper=0.0)
                        model.rows(0.0, np.inf, (0, columns, counted), (0, reached, -start))
                    else:
                        self.draft.charge(w, claimed, -gain * float(np.mean(self.draft.discount[np.array(contract)])))
                        model.row(np.append(columns, (claimed, reached)), np.append(-counted, (1.0, start)), upper=0.0)
                        model.row([claimed, reached], [1.0, -max(reach - start, 0.0)], upper=0.0)
                    if previous is not None:
                        model.row([reached, previous], [1.0, -1.0], upper=0.0)
                    previous = reached

    def _patterns(self, w: int) -> None:
        """Which tiers the offers for a part can reach side by side: not all of them at once, since the need is limited.

        Each combination of tiers (a pattern) holds for a share of the need. Under it, the offers' volumes for each circle of partners add
        up to that share of what the circle needs, and their money to no more than that share of what its cars are worth: the convex hull of
        the combinations, which cuts off the fractional plan that claims every rebate. A rebate is had on the money of the patterns that
        reach it. Left out where the offers' tiers reach over several parts or there are too many combinations; nothing is lost there but
        strength.
        """
        instance = self.draft.instance
        for part in instance.parts:
            offers = instance.offers_of(part.id)
            terms = [instance.offers[index].terms for index in offers]
            shared = {t for t in terms if t and sum(o.terms == t for o in instance.offers) > 1}
            tiered = [
                t for t in terms if t and instance.term[t].kind == "all units" and instance.term[t].basis == "pieces"
            ]
            if shared or len(tiered) != len([t for t in terms if t]):
                continue
            for number, contract in enumerate(instance.contracts):
                if any(self.bought.get((index, number)) for index in offers):
                    self._patterns_of(
                        w, part, [i for i in offers if self.bought.get((i, number))], number, np.array(contract)
                    )

    def _patterns_of(self, w: int, part: PlanPart, offers: Sequence[int], number: int, years: IntArray) -> None:
        instance, model = self.draft.instance, self.draft.model
        circles = self._circles
        needed = np.array([self._needed(w, part.id, circle)[:, years].sum(axis=1) for circle in circles])
        least, most = needed[:, :2].sum(axis=0)
        if least <= 0.0:
            return
        partners = len(instance.partners)
        spans: list[list[tuple[float, float]]] = []
        for index in offers:
            offer = instance.offers[index]
            top = min(offer.capacity * partners * years.size / THOUSAND, part.largest_share * most)
            tiers = instance.term[offer.terms].tiers if offer.terms else ((0.0, 0.0),)
            starts = [start / THOUSAND * years.size for start, _ in tiers]
            known = [
                s
                for s, start in enumerate(starts)
                if s == 0 or (offer.terms or "", number, s) in self.draft.at.rebates[w]
            ]
            starts = [starts[s] for s in known]
            spans.append([(a, min(b, top)) for a, b in zip(starts, [*starts[1:], np.inf], strict=True) if a <= top])
        if math.prod(len(span) for span in spans) > _MOST_PATTERNS:
            return
        pattern = np.indices([len(span) for span in spans]).reshape(len(spans), -1)
        lows, highs = (
            np.array([np.array(span)[own, side] for span, own in zip(spans, pattern, strict=True)]) for side in (0, 1)
        )
        fitting = (lows.sum(axis=0) <= most * (1 + 1e-9)) & (highs.sum(axis=0) >= least * (1 - 1e-9))
        pattern, lows, highs = pattern[:, fitting], lows[:, fitting], highs[:, fitting]
        shares = model.columns(pattern.shape[1], upper=1.0)
        volumes = model.columns((len(circles), shares.size, len(offers)), upper=most)
        spends = model.columns(volumes.shape)
        model.row(shares, 1.0, 1.0, 1.0)
        order = np.arange(shares.size)
        each = np.repeat(order, len(offers))
        for c, (fewest, highest, worth) in enumerate(needed):
            # Money is compared at the part's own price: an offer that asks more has spent the same worth of parts on more money.
            weights = np.array([1.0 / self._highest_factor(index, number, circles[c]) for index in offers])
            own, spend = volumes[c].ravel(), spends[c].ravel()
            model.rows(np.full(order.size, -np.inf), 0.0, (each, own, 1.0), (order, shares, -highest))
            model.rows(np.zeros(order.size), np.inf, (each, own, 1.0), (order, shares, -fewest))
            model.rows(
                np.full(order.size, -np.inf), 0.0, (each, spend, np.tile(weights, order.size)), (order, shares, -worth)
            )
        cheapest = np.zeros((len(circles), len(offers)))
        for place, index in enumerate(offers):
            for c, circle in enumerate(circles):
                columns, _, present = Bought.joined(
                    [entry for entry in self.bought[index, number] if entry.partner in circle]
                )
                own, spend = volumes[c, :, place], spends[c, :, place]
                model.rows(0.0, 0.0, (0, own, 1.0), (0, columns, -1.0))
                model.rows(0.0, 0.0, (0, spend, 1.0), (0, columns, -present))
                cheapest[c, place] = present.min() if columns.size else 0.0
        # Rows by offer and pattern.
        every, held = np.arange(len(offers) * order.size), np.tile(shares, len(offers))
        own_of = [volumes[c].T.ravel() for c in range(len(circles))]
        for c in range(len(circles)):
            least_paid = -np.repeat(cheapest[c], order.size)
            model.rows(np.zeros(every.size), np.inf, (every, spends[c].T.ravel(), 1.0), (every, own_of[c], least_paid))
        together = [(every, own, 1.0) for own in own_of]
        model.rows(np.zeros(every.size), np.inf, *together, (every, held, -lows.ravel()))
        model.rows(np.full(every.size, -np.inf), 0.0, *together, (every, held, -highs.ravel()))
        for place, index in enumerate(offers):
            name = instance.offers[index].terms
            for step in range(1, len(spans[place])):
                reaching = order[pattern[place] >= step]
                claimed, reached = self.draft.at.rebates[w][name or "", number, step]
                given = spends[:, reaching, place].ravel()
                model.rows(0.0, 0.0, (0, reached, 1.0), (0, shares[reaching], -1.0))
                model.rows(-np.inf, 0.0, (0, claimed, 1.0), (0, given, -1.0))

    @cached_property
    def _circles(self) -> list[frozenset[str]]:
        """Partners whose plants may supply each other, directly or through others: what each circle's cars need is bought in it."""
        circles = [frozenset({partner.id}) for partner in self.draft.instance.partners]
        for pair in self.draft.instance.cross_supply:
            joined = frozenset().union(*(circle for circle in circles if circle & set(pair)))
            circles = [circle for circle in circles if not circle & joined] + [joined]
        return [circle for circle in circles if circle]

    def _highest_factor(self, index: int, contract: int, circle: frozenset[str]) -> float:
        """The greatest ratio of what an offer asks of a circle at list price to the part's own price, over places and years."""
        offer = self.draft.instance.offers[index]
        zones = {place.zone for place in self.draft.instance.places if place.partner in circle}
        landed = max((offer.landed[zone] for zone in zones if zone in offer.landed), default=1.0)
        return (
            landed * offer.price_factor * float((1.0 - offer.step_down) ** min(self.draft.instance.contracts[contract]))
        )

    def _needed(self, w: int, part: str, circle: frozenset[str]) -> FloatArray:
        """The least and the most thousand pieces of a part that a circle's cars take, whatever is chosen, by year (rows, columns).

        And the most that they are worth at the part's own price (present value, millions).
        """
        known = self._need_of.get((w, part, circle))
        if known is not None:
            return known
        needed = np.zeros((3, len(self.draft.years)))
        for slot in self.draft.instance.slots:
            fewest, highest = self.draft.range_of(slot, "pieces", part)
            if highest > 0.0 and self.draft.instance.partner_of(slot) in circle:
                early = self.draft.cars[w, slot.id, 0]
                needed[0] += fewest / THOUSAND * self.draft.cars[w, slot.id, slot.latest_delay]
                needed[1] += highest / THOUSAND * early
                needed[2] += self.draft.range_of(slot, "price", part)[1] / MILLION * early * self.draft.discount
        self._need_of[w, part, circle] = needed
        return needed

    def _most_bought(self, w: int, offers: Sequence[int], contract: int) -> tuple[float, float, float]:
        """The most pieces (thousands), money at list price and discounted money (millions) that offers can see in a contract."""
        years = np.array(self.draft.instance.contracts[contract])
        reach = sum((self._most_of_offer(w, index) for index in offers), np.zeros((3, len(self.draft.years))))
        pieces, money, spend = reach[:, years].sum(axis=1).tolist()
        return pieces, money, spend

    def _most_of_offer(self, w: int, index: int) -> FloatArray:
        """The same of one offer, by year (three rows).

        Each car is equipped once, so the bound takes, slot by slot, the dearest option, not the sum over modules.
        """
        known = self._reach.get((w, index))
        if known is not None:
            return known
        instance = self.draft.instance
        offer = instance.offers[index]
        part = instance.part[offer.part]
        if (w, offer.part) not in self._taken:
            self._taken[w, offer.part] = taken = {p.id: np.zeros((2, len(self.draft.years))) for p in instance.partners}
            for slot in instance.slots:
                count, price = (
                    self.draft.range_of(slot, "pieces", offer.part)[1],
                    self.draft.range_of(slot, "price", offer.part)[1],
                )
                taken[instance.partner_of(slot)] += np.outer([count, price], self.draft.cars[w, slot.id, 0]) / THOUSAND
        factor = offer.price_factor * (1.0 - offer.step_down) ** np.array(self.draft.years) * THOUSAND / MILLION
        pieces, listed = np.zeros(len(self.draft.years)), np.zeros(len(self.draft.years))
        for partner, (count_of, price_of) in self._taken[w, offer.part].items():
            pieces += count_of
            listed += price_of * self._landed(index, partner) * factor
        limit = np.minimum(offer.capacity * len(instance.partners) / THOUSAND, pieces * part.largest_share)
        dearest = max(part.price.values(), default=0.0) * max(offer.landed.values(), default=0.0)
        money = np.minimum(listed, limit * dearest * factor)
        self._reach[w, index] = reach = np.array([limit, money, money * self.draft.discount])
        return reach

    def _landed(self, offer: int, partner: str) -> float:
        """The highest landed factor at which parts for a partner's cars may arrive."""
        landed = self.draft.instance.offers[offer].landed
        return max((landed[zone] for zone in self._zones[partner] if zone in landed), default=0.0)

    @cached_property
    def _zones(self) -> dict[str, set[str]]:
        """Zones in which parts for a partner's cars may arrive."""
        instance = self.draft.instance
        suppliers = {
            partner.id: {partner.id, *(giver for giver, taker in instance.cross_supply if taker == partner.id)}
            for partner in instance.partners
        }
        return {
            partner: {place.zone for place in instance.places if place.partner in able}
            for partner, able in suppliers.items()
        }
