"""How much a plan's drive units have in common: the standard indices of the literature, of the whole family and by kind of module.

A product is a drive unit at one axle of one vehicle; a vehicle that changes to another unit during its life counts once with each. A
product's parts are the modules that the unit holds, those inside others too (a lamination inside its machine), on one level of a bill of
material: a lamination therefore counts in each product and not in each machine. Definitions follow the comparison by Thevenot and Simpson,
"Commonality indices for product family design: a detailed comparison", J. Eng. Design 17(2), 2006, 99-119.

Two indices of that comparison are left out, because a plan does not hold what they need. PCI (Kota et al. 2000) wants factors for shape,
material and assembly of parts that differ; a plan only knows whether two modules are the same. CI(C) (Jiao and Tseng 2000) wants a price
of each part, and parts here are bought inside modules, under terms that differ by volume.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from halfshaft.plan.evaluate import module_needs
from halfshaft.plan.instance import BATTERY_PACK, ModuleKey, Plan


@dataclass(frozen=True)
class CommonalityIndices:
    """Counts and indices of a set of products; all indices are dimensionless, and None where their denominator is zero.

    `products`, `parts` (distinct, d) and `uses` (Σ Φ_j, a part counted once in each product that holds it).

    `dci`: degree of commonality index, Collier, Decision Sciences 12(1), 1981, 85-96: Σ Φ_j / d, the mean number of products that hold a
    part; from 1 (nothing shared) to Σ Φ_j (`dci_most`, one part everywhere). It grows with the number of products.

    `tcci`: total constant commonality index, Wacker and Treleaven, J. Oper. Manag. 6(2), 1986, 219-244: 1 − (d − 1) / (Σ Φ_j − 1), from 0
    (nothing shared) to 1 (one part everywhere).

    `ci`: commonality index, Martin and Ishii, ASME DETC 1996 DFM-1285 and 1997 DFM-4342: 1 − (u − max p_i) / (Σ p_i − max p_i), where u is
    the number of distinct parts and p_i the number of parts in product i; from 0 (nothing shared) to 1 (no part beyond those of the largest
    product). With one product there is nothing to share: None.

    `common_percent`: parts that more than one product holds, in percent of all distinct parts, the components' term of %C of Siddique,
    Rosen and Wang, ASME DETC 1998 DFM-5762, with "common" read as "in at least two products"; from 0 to 100.
    """

    products: int
    parts: int
    uses: int
    dci: float | None
    dci_most: float
    tcci: float | None
    ci: float | None
    common_percent: float | None


@dataclass(frozen=True)
class BetweenPartners:
    """Modules that cars of several partners share: how many of how many distinct ones, and their share of all pieces over the years."""

    shared: int
    modules: int
    pieces_percent: float | None


@dataclass(frozen=True)
class PlanCommonality:
    """Indices of all modules together and by kind, and what crosses the line between partners."""

    whole: CommonalityIndices
    by_kind: Mapping[str, CommonalityIndices]
    between: BetweenPartners
    between_by_kind: Mapping[str, BetweenPartners]


def commonality_indices(products: Sequence[Collection[Hashable]]) -> CommonalityIndices:
    """Indices of products that are given as the parts that each holds; a part that a product holds twice counts once in it."""
    contents = [frozenset(product) for product in products]
    holders = Counter(part for content in contents for part in content)
    parts, uses = len(holders), sum(holders.values())
    largest = max((len(content) for content in contents), default=0)
    common = sum(count > 1 for count in holders.values())
    return CommonalityIndices(
        products=len(contents),
        parts=parts,
        uses=uses,
        dci=uses / parts if parts else None,
        dci_most=float(uses),
        tcci=1.0 - (parts - 1) / (uses - 1) if uses > 1 else None,
        ci=1.0 - (parts - largest) / (uses - largest) if uses > largest else None,
        common_percent=100.0 * common / parts if parts else None,
    )


def plan_commonality(plan: Plan) -> PlanCommonality:
    """Commonality of the drive units that a plan gives its vehicles; battery packs are no part of the family."""
    instance = plan.instance
    units = {unit.id: unit for unit in instance.units}
    held: dict[tuple[str, str, str], frozenset[ModuleKey]] = {}
    partners: dict[ModuleKey, set[str]] = {}
    for slot in instance.slots:
        for axle, unit in plan.chosen[slot.id].axles.items():
            keys = frozenset(
                inner
                for key, _ in units[unit].modules
                for inner, _ in instance.included[key]
                if inner[0] != BATTERY_PACK
            )
            held[slot.vehicle, axle, unit] = keys
            for key in keys:
                partners.setdefault(key, set()).add(instance.partner_of(slot))
    pieces: dict[ModuleKey, float] = dict.fromkeys(partners, 0.0)
    for (_, key, _), count in module_needs(instance, plan.decisions).items():
        if key in partners:
            pieces[key] += count
    kinds = [kind.id for kind in instance.kinds if any(key[0] == kind.id for key in partners)]

    def between(keys: Collection[ModuleKey]) -> BetweenPartners:
        shared = [key for key in keys if len(partners[key]) > 1]
        total = sum(pieces[key] for key in keys)
        return BetweenPartners(
            len(shared), len(keys), 100.0 * sum(pieces[key] for key in shared) / total if total else None
        )

    return PlanCommonality(
        commonality_indices(list(held.values())),
        {
            kind: commonality_indices([[key for key in keys if key[0] == kind] for keys in held.values()])
            for kind in kinds
        },
        between(list(partners)),
        {kind: between([key for key in partners if key[0] == kind]) for kind in kinds},
    )
