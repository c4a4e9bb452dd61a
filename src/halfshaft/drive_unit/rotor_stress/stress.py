"""What turning does to a rotor: stress of its iron, the speed it stands, and how far it grows into the gap.

All forces are centrifugal, so every stress and displacement is the one at 1 rad/s times speed squared: one solution holds for all speeds.
The limit is stated for service. At that speed no neck's surface may yield, since it does so with every start; at `overspeed` times that
speed, which a machine must stand without being deformed for good, no neck may yield through, nor may the rotor close more of the gap than
it is allowed. The peak at a sharp corner does not count (see `sections`); it is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import atan2, degrees, hypot, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.rotor_stress.elements import (
    Elasticity,
    centrifugal_force,
    nodal_stress,
    stiffness,
    stress,
    von_mises,
)
from halfshaft.drive_unit.rotor_stress.load import Carried, carried_bodies, wall_force
from halfshaft.drive_unit.rotor_stress.sections import Sections, find_sections, linearised, sharp_corners
from halfshaft.drive_unit.rotor_stress.sheet import Sheet, StressError, iron_sheet
from halfshaft.drive_unit.rotor_stress.sleeve import Sleeve, SleeveStress
from halfshaft.drive_unit.rotor_stress.solve import Bore, Support, displacement
from halfshaft.drive_unit.rotor_stress.strength import SheetStrength, strength_of

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

OVERSPEED = 1.2  # of the greatest speed in service: what IEC 60034-1 asks of machines in general, taken for traction
_OUTER, _FACING_GAP = 0.85, 0.7  # of the rotor's radius; cosine between a side's normal and the radius
_CENTRE = np.array([1.0, 1.0]) / 3.0


@dataclass(frozen=True)
class StressOptions:
    """How a rotor is held and what is known of it.

    ``bore`` is the free inner edge of the sheets, or fixed to a rigid shaft; a press fit is not modelled. ``coil_share`` of a field
    coil's force lies on the pole shoes, the rest on the sleeve. ``refinement`` divides the element size of the field's mesh. Strengths by
    the steel's name go before the library's. ``gap_share`` of the air gap may be lost to growth.
    """

    bore: Bore = "free"
    coil_share: float = 1.0
    refinement: float = 4.0
    gap_share: float = 0.25
    strengths: dict[str, SheetStrength] = field(default_factory=dict)
    sleeve: Sleeve | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.coil_share <= 1.0:
            raise ValueError(f"the shoes' share of a coil's force is {self.coil_share}; it lies between 0 and 1")
        if self.coil_share < 1.0 and self.sleeve is None:
            raise ValueError("what the pole shoes do not hold of the coils needs a sleeve; state one, or a share of 1")
        if not 0.25 <= self.refinement <= 16.0:
            raise ValueError(f"a refinement of {self.refinement}; it lies between 0.25 and 16")


@dataclass(frozen=True)
class Feature:
    """A neck of the iron, by its worst section; stresses in Pa at 1 rad/s.

    ``nominal`` is linearised over the section, ``membrane`` its mean, ``peak`` the greatest at a node of either side, corners included.
    """

    name: str
    radius_m: float
    angle_rad: float
    width_m: float
    membrane_pa_s2: float
    nominal_pa_s2: float
    peak_pa_s2: float
    yield_strength_pa: float

    def yielding_speed_rad_per_s(self, safety: float = 1.0) -> float:
        """Speed at which the nominal stress reaches the yield strength over ``safety``: where the surface begins to yield."""
        return sqrt(self.yield_strength_pa / (safety * self.nominal_pa_s2))

    def collapse_speed_rad_per_s(self, safety: float = 1.0) -> float:
        """Speed at which the section yields through its whole width, with membrane m and bending b in shares of yield: m^2 + 2 b / 3 = 1.

        (Rectangle of an ideally plastic material, e.g. Timoshenko, Strength of Materials II.)
        """
        allowed = self.yield_strength_pa / safety
        m = self.membrane_pa_s2 / allowed
        b = 2.0 / 3.0 * max(self.nominal_pa_s2 - self.membrane_pa_s2, 0.0) / allowed
        return sqrt(2.0 / (b + sqrt(b**2 + 4.0 * m**2)))

    def speed_limit_rad_per_s(self, safety: float = 1.0, overspeed: float = OVERSPEED) -> float:
        """Service speed at which the surface begins to yield, or whose ``overspeed``-fold makes the section yield through."""
        return min(self.yielding_speed_rad_per_s(safety), self.collapse_speed_rad_per_s(safety) / overspeed)

    @property
    def place(self) -> str:
        """Where it is, in the drawing's frame."""
        return f"r = {1e3 * self.radius_m:.1f} mm, {degrees(self.angle_rad):.1f} deg"


@dataclass(frozen=True, eq=False)
class RotorStress:
    """The rotor's iron at 1 rad/s: multiply by speed squared.

    ``displacement_m_s2`` (2 n,), ``stress_pa_s2`` (n, 3) at nodes, ``von_mises_pa_s2`` (m,) at the elements' centres. ``features`` begin
    with the weakest. ``growth_m_s2`` is the greatest radial displacement of the surface. ``peak_pa_s2`` is the greatest nodal equivalent
    stress anywhere: a property of the rotor only where ``notches``, the number of sharp corners that turn into the iron, is zero.
    """

    design: MachineDesign
    options: StressOptions
    sheet: Sheet
    bodies: tuple[Carried, ...]
    displacement_m_s2: Array
    stress_pa_s2: Array
    von_mises_pa_s2: Array
    features: tuple[Feature, ...]
    growth_m_s2: float
    peak_pa_s2: float
    notches: int
    sleeve: SleeveStress | None
    assumptions: tuple[str, ...]

    @property
    def weakest(self) -> Feature:
        """The neck that yields first."""
        return self.features[0]

    def radial_growth_m(self, speed_rad_per_s: float) -> float:
        """By how much the rotor's radius grows at a speed."""
        return self.growth_m_s2 * speed_rad_per_s**2

    def closing_speed_rad_per_s(self, overspeed: float = OVERSPEED) -> float:
        """Service speed whose ``overspeed``-fold makes the rotor grow by the share of the gap that it may."""
        thickness = self.options.sleeve.thickness_m if self.options.sleeve else 0.0
        room = self.options.gap_share * max(self.design.gap_m - thickness, 0.0)
        return sqrt(room / self.growth_m_s2) / overspeed if self.growth_m_s2 > 0.0 else inf

    def speed_limit_rad_per_s(self, safety: float = 1.0, overspeed: float = OVERSPEED) -> float:
        """Greatest speed in service: by strength, by the gap, and by the sleeve where there is one."""
        limits = [feature.speed_limit_rad_per_s(safety, overspeed) for feature in self.features]
        limits.append(self.closing_speed_rad_per_s(overspeed))
        if self.sleeve is not None:
            limits.append(self.sleeve.speed_limit_rad_per_s(safety, overspeed))
        return min(limits)


def rotor_stress(design: MachineDesign, options: StressOptions | None = None) -> RotorStress:
    """Solve the rotor's iron under its own and the carried bodies' centrifugal force.

    Raises MeshError for a drawing that cannot be meshed, StressError for iron or magnets that nothing holds.
    """
    o = options or StressOptions()
    sheet = iron_sheet(design, o.refinement)
    steels = [str(region.label.material) for region in design.regions]
    strengths = [o.strengths.get(name) or strength_of(name) for name in steels]
    elasticity = Elasticity(
        np.array([s.youngs_modulus_pa for s in strengths])[sheet.region],
        np.array([s.poisson_ratio for s in strengths])[sheet.region],
    )
    yields = np.array([s.yield_strength_pa for s in strengths])[sheet.region]
    densities = [design.steels[name].density_kg_per_m3 if name in design.steels else 0.0 for name in steels]
    density = np.array(densities)[sheet.region]
    bodies = carried_bodies(design, sheet, o.coil_share, sleeved=o.sleeve is not None)
    force = centrifugal_force(sheet.nodes_m, sheet.elements, density) + wall_force(sheet, bodies)
    none = np.zeros(0, dtype=np.int64)
    held = sheet.rim if o.bore == "fixed" else none
    if sheet.axis >= 0:
        held = np.union1d(held, [sheet.axis])
    steady = sheet.rim if len(sheet.rim) else np.unique(sheet.boundary)
    support = Support(sheet.pairs, design.sector_rad, held, steady)
    moved = displacement(sheet.nodes_m, stiffness(sheet.nodes_m, sheet.elements, elasticity), force, support)
    nodal = nodal_stress(sheet.nodes_m, sheet.elements, elasticity, moved)
    equivalent = von_mises(nodal)
    growth = _growth_m_s2(design, sheet, moved)
    around = None
    if o.sleeve is not None:
        loose_pa = sum(body.loose_n_per_m for body in bodies) / (design.sector_rad * design.rotor_outer_radius_m)
        around = SleeveStress(o.sleeve, design.rotor_outer_radius_m, growth, loose_pa)
    return RotorStress(
        design=design,
        options=o,
        sheet=sheet,
        bodies=bodies,
        displacement_m_s2=moved,
        stress_pa_s2=nodal,
        von_mises_pa_s2=von_mises(stress(sheet.nodes_m, sheet.elements, elasticity, moved, _CENTRE)),
        features=_features(design, sheet, elasticity, moved, equivalent, yields),
        growth_m_s2=growth,
        peak_pa_s2=float(equivalent.max()),
        notches=len(sharp_corners(sheet)),
        sleeve=around,
        assumptions=_assumptions(o, {steels[r]: strengths[r] for r in np.unique(sheet.region).tolist()}),
    )


def _growth_m_s2(design: MachineDesign, sheet: Sheet, moved: Array) -> float:
    """Greatest outward displacement of what faces the gap; shoes tilt, so that their edges may rise more than their middle."""
    first, last, middle = sheet.boundary.T
    nodes, along = sheet.nodes_m, sheet.nodes_m[last] - sheet.nodes_m[first]
    radial = nodes / np.hypot(*nodes.T)[:, None]
    facing = (along[:, 1] * radial[middle, 0] - along[:, 0] * radial[middle, 1]) / np.hypot(*along.T)
    outer = np.hypot(*nodes[middle].T) > _OUTER * design.rotor_outer_radius_m
    surface = np.unique(sheet.boundary[outer & (facing > _FACING_GAP)])
    outwards = np.sum(moved.reshape(-1, 2) * radial, axis=1)
    return float(outwards[surface].max()) if len(surface) else float(outwards.max())


def _features(
    design: MachineDesign, sheet: Sheet, elasticity: Elasticity, moved: Array, equivalent: Array, yields: Array
) -> tuple[Feature, ...]:
    whole = design.whole_circle
    sections = find_sections(sheet, design.sector_rad, whole=whole)
    if not len(sections.first):
        raise StressError("no section through the rotor's iron was found")
    membrane, nominal = linearised(sheet, elasticity, moved, sections, design.sector_rad, whole=whole)
    element_of = {int(node): k for k, element in enumerate(sheet.elements) for node in element[3:]}
    limit = yields[[element_of[int(node)] for node in sheet.boundary[sections.first, 2]]]
    peak = np.maximum(
        equivalent[sheet.boundary[sections.first]].max(axis=1), equivalent[sheet.boundary[sections.second]].max(axis=1)
    )
    named: dict[str, list[int]] = {}
    for k in range(len(sections.first)):
        named.setdefault(_name(sheet, sections, k), []).append(k)
    found = []
    for name, members in named.items():
        rows = np.array(members)
        worst = int(rows[np.argmax(nominal[rows] / limit[rows])])
        x, y = 0.5 * (sections.start[worst] + sections.end[worst])
        found.append(
            Feature(
                name=name,
                radius_m=hypot(x, y),
                angle_rad=atan2(y, x),
                width_m=float(sections.width_m[worst]),
                membrane_pa_s2=float(membrane[worst]),
                nominal_pa_s2=float(nominal[worst]),
                peak_pa_s2=float(peak[rows].max()),
                yield_strength_pa=float(limit[worst]),
            )
        )
    return tuple(sorted(found, key=lambda feature: feature.speed_limit_rad_per_s()))


def _name(sheet: Sheet, sections: Sections, number: int) -> str:
    """The two drawn features a section lies between, in the drawing's words; without words, what can be told from places."""
    words = []
    for side in (sections.first[number], sections.second[number]):
        line = int(sheet.boundary_line[side])
        words.append((sheet.lines[line].feature if line >= 0 else "") or f"line {line}")
    first, second = sorted(words)
    return f"across {first}" if first == second else f"between {first} and {second}"


def _assumptions(o: StressOptions, strengths: dict[str, SheetStrength]) -> tuple[str, ...]:
    found = [
        f"{name}: yields at {1e-6 * s.yield_strength_pa:.0f} MPa, {s.source or 'as stated'}"
        for name, s in strengths.items()
    ]
    found.append(
        "the sheets' bore is free of the shaft" if o.bore == "free" else "the sheets' bore is fixed to a rigid shaft"
    )
    found.append("the end windings of a field coil are held by end plates, not by the sheets")
    return tuple(found)
