"""Small random purchasing problems, and their optimum by enumeration.

The enumeration shares nothing with the model under test: it lists, contract by contract, which offers deliver (and to which partner) and
which tier every terms reach, in the textbook form (a tier's price is paid if its volume is met), and leaves only pieces to a linear
programme.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from scipy.optimize import linprog

from halfshaft.plan.instance import (
    Calendar,
    Kind,
    Module,
    ModuleKey,
    PlanInstance,
    PlanOffer,
    PlanPart,
    PlanPartner,
    PlanPlant,
    PlanScenario,
    PlanUnit,
    Site,
    Slot,
    Terms,
)

Needs = dict[tuple[str, ModuleKey, int], float]


def purchase_instance(
    parts: tuple[PlanPart, ...],
    terms: tuple[Terms, ...],
    offers: tuple[PlanOffer, ...],
    modules: tuple[ModuleKey, ...],
    *,
    volume: float = 100_000.0,
    partners: int = 1,
    years: int = 1,
    contracts: tuple[tuple[int, ...], ...] | None = None,
    discount_rate: float = 0.08,
) -> PlanInstance:
    """One slot with one option of one unit that holds the modules; each partner has one plant in its own zone."""
    ids = [f"p{index}" for index in range(partners)]
    return PlanInstance(
        title="purchases",
        currency="EUR",
        calendar=Calendar(2030, years, discount_rate),
        contracts=contracts or tuple((year,) for year in range(years)),
        partners=tuple(PlanPartner(partner, f"z{index}") for index, partner in enumerate(ids)),
        sites=tuple(Site(f"s{index}", partner, f"z{index}") for index, partner in enumerate(ids)),
        kinds=tuple(Kind(kind, "make") for kind in sorted({key[0] for key in modules})),
        modules=tuple(Module(key) for key in modules),
        units=(PlanUnit("u", tuple((key, 1) for key in modules)),),
        slots=(Slot("car", "car", "s0", 0, ("axle",), np.zeros((1, 1), dtype=np.int64)),),
        scenarios=(PlanScenario("one", 1.0, {"car": tuple([volume] * years)}),),
        parts=parts,
        terms=terms,
        offers=offers,
        plants=tuple(
            PlanPlant(f"plant{index}", partner, f"z{index}", {f"s{index}": 1.0}) for index, partner in enumerate(ids)
        ),
    )


def random_purchases(seed: int, *, suppliers: int = 4, tiers: int = 3) -> tuple[PlanInstance, Needs]:
    """Up to three parts, tiers that may span parts, capacities, shares, awards, least quantities and tooling, by the seed."""
    rng = np.random.default_rng(seed)
    partners = int(rng.integers(1, 3))
    lasting = bool(rng.random() < 0.2)
    if lasting or partners == 2:
        suppliers = min(suppliers, 3)
    years = int(rng.integers(1, 3))
    contracts = tuple((year,) for year in range(years)) if rng.random() < 0.5 or lasting else (tuple(range(years)),)
    if lasting and len(contracts) > 1:
        suppliers = min(suppliers, 2)
    count = int(rng.integers(1, 3))
    modules: tuple[ModuleKey, ...] = (("machine", "m1"), ("machine", "m2"))[: int(rng.integers(1, 3))]
    spanning = bool(rng.random() < 0.5)
    kind = "incremental" if rng.random() < 0.3 else "all units"
    basis = "money" if kind == "incremental" or rng.random() < 0.5 else "pieces"
    awards = bool(rng.random() < 0.4) and suppliers > 2 and not lasting
    if spanning and awards:
        count = 1  # keeps the number of cases to enumerate in the hundreds
    parts = tuple(
        PlanPart(
            f"part{index}",
            {key: float(rng.uniform(50, 200)) if rng.random() < 0.5 else 80.0 for key in modules},
            largest_share=float(rng.choice([1.0, 1.0, 0.7])),
            most_suppliers=2 if awards else None,
        )
        for index in range(count)
    )
    volume = 100_000.0
    least = not awards and (count == 1 or not spanning or suppliers == 2)
    terms, offers = [], []
    for supplier in range(suppliers):
        scale = volume * (90.0 if basis == "money" else 1.0) * (count if spanning else 1)
        starts = [0.0, *np.sort(rng.uniform(0.2, 1.1, tiers - 1) * scale)]
        shares = [0.0, *np.cumsum(rng.uniform(0.02, 0.10, tiers - 1))]
        name = f"t{supplier}"
        for part in range(count):
            own = name if spanning else f"{name}.{part}"
            if not any(t.id == own for t in terms):
                terms.append(Terms(own, kind, basis, tuple(zip(map(float, starts), map(float, shares), strict=True))))
            offers.append(
                PlanOffer(
                    f"supplier{supplier}",
                    f"part{part}",
                    price_factor=float(rng.uniform(0.95, 1.10)),
                    capacity=float(rng.uniform(0.6, 1.2) * 2.2 * volume / partners),
                    landed={f"z{index}": float(rng.uniform(1.0, 1.08)) for index in range(partners)},
                    terms=own,
                    least=float(rng.choice([0.0, 0.1])) * volume * least,
                    tooling=float(rng.uniform(0, 5e5)) if lasting else 0.0,
                    step_down=float(rng.choice([0.0, 0.02])),
                )
            )
    instance = purchase_instance(
        parts, tuple(terms), tuple(offers), modules, volume=volume, partners=partners, years=years, contracts=contracts
    )
    needs = {
        (f"p{partner}@z{partner}", key, year): float(rng.uniform(0.5, 1.0)) * volume / len(modules) / partners
        for partner in range(partners)
        for key in modules
        for year in range(years)
    }
    return instance, needs


def enumerated(instance: PlanInstance, needs: Mapping[tuple[str, ModuleKey, int], float]) -> float:
    """The least cost of the needs, over all sets of delivering offers and reached tiers; infinite when there are none."""
    tooling = any(offer.tooling for offer in instance.offers)
    groups: list[list[str]] = [[part.id for part in instance.parts]]
    if all(len({o.part for o in instance.offers if o.terms == t.id}) == 1 for t in instance.terms):
        groups = [[part.id] for part in instance.parts]
    numbers = range(len(instance.contracts))
    total = 0.0
    for group in groups:
        for contracts in [tuple(numbers)] if tooling else [(number,) for number in numbers]:
            total += _best(instance, needs, group, contracts)
    return total


def _best(
    instance: PlanInstance,
    needs: Mapping[tuple[str, ModuleKey, int], float],
    group: list[str],
    contracts: tuple[int, ...],
) -> float:
    of_contract = [_per_contract(instance, needs, group, number) for number in contracts]
    best = np.inf
    for picked in itertools.product(*of_contract):
        cost = sum(value for value, _ in picked)
        first: dict[int, int] = {}
        for number, (_, used) in zip(contracts, picked, strict=True):
            for index in used:
                first.setdefault(index, min(instance.contracts[number]))
        cost += sum(instance.offers[i].tooling * instance.calendar.at_start(year) for i, year in first.items())
        best = min(best, cost)
    return best


def _per_contract(
    instance: PlanInstance, needs: Mapping[tuple[str, ModuleKey, int], float], group: list[str], number: int
) -> list[tuple[float, frozenset[int]]]:
    """Least cost without tooling by the set of offers that deliver."""
    offers = [index for index, offer in enumerate(instance.offers) if offer.part in group]
    years = instance.contracts[number]
    partner_of = {place.id: place.partner for place in instance.places}
    partners = sorted({partner_of[place] for place, _, _ in needs})
    limited = any(instance.part[part].most_suppliers is not None for part in group)
    names = sorted({instance.offers[i].terms for i in offers} - {None})
    by_set: dict[frozenset[int], float] = {}
    suppliers = sorted({instance.offers[i].supplier for i in offers})
    pairs = [(p, part, s) for p in partners for part in group for s in suppliers] if limited else []
    allowed_sets: list[frozenset[tuple[str, str, str]] | None] = [None]
    if limited:
        choices = []
        for p in partners:
            for part in group:
                most = instance.part[part].most_suppliers or len(suppliers)
                choices.append(
                    [
                        {(p, part, s) for s in subset}
                        for subset in itertools.combinations(suppliers, min(most, len(suppliers)))
                    ]
                )
        allowed_sets = [frozenset().union(*pick) for pick in itertools.product(*choices)]
        assert pairs
    forced = any(instance.offers[i].least > 0.0 or instance.offers[i].tooling > 0.0 for i in offers)
    subsets = (
        [frozenset(s) for n in range(1, len(offers) + 1) for s in itertools.combinations(offers, n)]
        if forced
        else [frozenset(offers)]
    )
    for used in subsets:
        live = [name for name in names if any(instance.offers[i].terms == name for i in used)]
        for allowed in allowed_sets:
            for tiers in itertools.product(*(range(len(instance.term[name].tiers)) for name in live)):
                cost = _flow_cost(instance, needs, group, years, used, dict(zip(live, tiers, strict=True)), allowed)
                by_set[used] = min(by_set.get(used, np.inf), cost)
    return [(cost, used) for used, cost in by_set.items() if np.isfinite(cost)] or [(np.inf, frozenset())]


def _flow_cost(
    instance: PlanInstance,
    needs: Mapping[tuple[str, ModuleKey, int], float],
    group: list[str],
    years: tuple[int, ...],
    used: frozenset[int],
    tier: Mapping[str, int],
    allowed: frozenset[tuple[str, str, str]] | None,
) -> float:
    place_of = {place.id: place for place in instance.places}
    mean = sum(instance.calendar.discount[year] for year in years) / len(years)
    columns: list[tuple[int, str, ModuleKey, int]] = []
    cost, constant = [], 0.0
    for name, r in tier.items():
        terms = instance.term[name]
        if terms.kind == "incremental":
            before = 0.0
            for start, share in terms.tiers[: r + 1]:
                constant += (share - before) * start * len(years) * mean
                before = share
    for index in sorted(used):
        offer = instance.offers[index]
        for place, key, year in needs:
            place_partner = place_of[place].partner
            if year not in years or key not in instance.part[offer.part].price:
                continue
            if allowed is not None and (place_partner, offer.part, offer.supplier) not in allowed:
                continue
            price = instance.list_price(offer, key, place_of[place].zone, year)
            unit = price * instance.calendar.discount[year]
            if offer.terms is not None:
                terms = instance.term[offer.terms]
                share = terms.tiers[tier[offer.terms]][1]
                unit -= share * (price * mean if terms.kind == "incremental" else unit)
            columns.append((index, place, key, year))
            cost.append(unit / 1e3)
    if not columns:
        return np.inf
    a_ub, b_ub, a_eq, b_eq = [], [], [], []
    arr = columns
    for part in group:
        for place, key, year in needs:
            if year in years and key in instance.part[part].price:
                a_eq.append(
                    [
                        1.0 if (p, k, y) == (place, key, year) and instance.offers[i].part == part else 0.0
                        for i, p, k, y in arr
                    ]
                )
                b_eq.append(needs[place, key, year] / 1e3)
    total: dict[tuple[str, int], float] = defaultdict(float)
    for part in group:
        for (_, key, year), pieces in needs.items():
            if key in instance.part[part].price:
                total[part, year] += pieces
    for index in sorted(used):
        offer = instance.offers[index]
        for year in years:
            a_ub.append([1.0 if i == index and y == year else 0.0 for i, _, _, y in arr])
            share = instance.part[offer.part].largest_share
            b_ub.append(min(offer.capacity * len(instance.partners), share * total[offer.part, year]) / 1e3)
        if offer.least > 0.0:
            a_ub.append([-1.0 if i == index else 0.0 for i, _, _, _ in arr])
            b_ub.append(-offer.least * len(years) / 1e3)
    for name, r in tier.items():
        terms = instance.term[name]
        if terms.kind == "all units" and r > 0:
            weights, scale = [], 1e6 if terms.basis == "money" else 1e3
            for i, place, key, year in arr:
                offer = instance.offers[i]
                counted = 1e3
                if terms.basis == "money":
                    counted = instance.list_price(offer, key, place_of[place].zone, year) * 1e3
                weights.append(-counted / scale if offer.terms == name else 0.0)
            a_ub.append(weights)
            b_ub.append(-terms.tiers[r][0] * len(years) / scale)
    answer = linprog(cost, A_ub=a_ub or None, b_ub=b_ub or None, A_eq=a_eq, b_eq=b_eq, method="highs")
    return float(answer.fun) * 1e6 + constant if answer.status == 0 else np.inf
