"""From torque to teeth: the dimensions of a gear that carries a torque at a ratio, and what they weigh.

Each mesh is as large as its contact allows: K* = F_t / (b d_1) (u + 1) / u, the load figure of ISO 6336-2 pitting, at the torque limit. The
permissible figures, widths and stage ratios are those of two teardowns, so that they hold for peak torque of passenger cars; tooth roots,
life and noise are not computed. Shafts follow from torsion with bending, bearings from their shafts, masses from the solids these make.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from halfshaft.drive_unit.gear_parts import Bearing, Mesh

STEEL_KG_PER_M3, ALUMINIUM_KG_PER_M3 = 7850.0, 2700.0

# The gears of VW ID.3 (310 Nm; 23/68 teeth, tips 50/135 mm, width 33 mm; 20/78, 63/217 mm, 47 mm) and Tesla Model 3 (taken as 420 Nm;
# 31/81, 58/142 mm, 37 mm; 24/83, 67/212 mm, 46 mm): A2Mac1 teardowns, quoted by TUM Holistic-Electric-Powertrain. With tips one module
# above the pitch circles they work at K* of 12.5 and 11.0 MPa in the first stage and 16.1 and 16.9 MPa in the second.
_PERMISSIBLE_K_PA = (12.0e6, 16.5e6)
_WIDTH_OVER_PINION = (0.72, 0.80)
_PINION_TEETH = (27, 22)
_HELIX_RAD = (math.radians(23.4), math.radians(18.4))  # TUM's gears after these cars
_FIRST_STAGE_EXPONENT = 0.44  # i_1 = i^0.44: 2.93 of 11.53 and 2.63 of 9.03 (found 2.957 and 2.613)

# Assumptions of the layout.
_FOLD_RAD = math.radians(100.0)  # between the lines from layshaft to motor and to axle: short units fold
_PLANETS = 3
_UNEQUAL_SHARING = 1.15  # load of the worst of three planets over the mean
_STEP = 0.5  # small over big diameter of a stepped planet
_SUN_WALL_M = 0.006  # between the half shaft's clearance and the tooth roots of a sun
_HALF_SHAFT_SHEAR_PA = 400e6  # peak, quenched and tempered
_BESIDE_TEETH_M, _BETWEEN_TEETH_M = 0.008, 0.005  # free length to bearings and between wheels (TUM's layout)
_BENDING_PA = 236e6  # 16MnCr5 with size, surface and safety [Naunheimer et al., Fahrzeuggetriebe, 2019]

# Assumptions of mass, where no solid is drawn.
_WHEEL_SOLIDITY = 0.55  # webbed and bored wheels
_BEARING_SOLIDITY = 0.7
_DIFFERENTIAL_KG_PER_NM = 1.5e-3  # cage and bevel gears, without ring gear
_HOUSING_KG_PER_M2 = 24.0  # aluminium: 6 mm wall, half as much again in ribs and flanges
_OIL_SHARE = 0.12  # of the room inside


def stage_ratios(ratio: float, first_stage_ratio: float | None = None) -> tuple[float, float]:
    """Ratios of the two stages of a layshaft gear."""
    first = ratio**_FIRST_STAGE_EXPONENT if first_stage_ratio is None else first_stage_ratio
    return first, ratio / first


def shaft_diameter_m(torque_nm: float) -> float:
    """Solid shaft under torsion, with bending counted by half as much torque again [Niemann and Winter; Naunheimer et al.]."""
    return float((32.0 * 1.5 * torque_nm / (math.pi * _BENDING_PA)) ** (1.0 / 3.0))


def pinion_diameter_m(torque_nm: float, ratio: float, permissible_k_pa: float, width_over_diameter: float) -> float:
    """Pitch diameter of the pinion that works at K* under its torque; a ring gear's ratio is negative."""
    volume = 2.0 * torque_nm * (ratio + 1.0) / (ratio * permissible_k_pa * width_over_diameter)
    return float(volume ** (1.0 / 3.0))


class Shaft(NamedTuple):
    """A turning part between two bearings: diameter, distance of the bearings, speed over the motor's."""

    diameter_m: float
    span_m: float
    speed_share: float


class Force(NamedTuple):
    """What a mesh does to a shaft, for a Nm at the motor: place from the first bearing, radial force as a complex number, axial force."""

    place_m: float
    radial: complex
    axial: float
    radius: complex  # from the shaft's centre to the mesh


def mesh_force(mesh: Mesh, place_m: float, direction: complex, *, driven: bool, wheel: bool) -> Force:
    """The force on the pinion or wheel of a mesh whose pitch point lies in a direction from the shaft's centre.

    The tangential force drags a driven wheel along and holds a driving one back, the radial one pushes apart.
    """
    tangential = mesh.tangential_n_per_nm
    turn = 1j if driven else -1j
    apart = tangential * math.tan(mesh.transverse_pressure_angle_rad)
    radius = 0.5 * (mesh.wheel_diameter_m if wheel else mesh.pinion_diameter_m)
    return Force(
        place_m, direction * (turn * tangential - apart), tangential * math.tan(mesh.helix_rad), direction * radius
    )


def ball_bearings(shaft: Shaft, forces: Sequence[Force], axial_signs: Sequence[float]) -> tuple[Bearing, Bearing]:
    """The two deep-groove bearings of a shaft under its forces; the first holds it axially.

    Proportions of SKF series 62, from its table's sizes 6206 to 6213: D = 1.35 d + 24 mm, C_0 = 9.6 N/mm2 d2, within 15 %.
    """
    axial = [sign * force.axial for sign, force in zip(axial_signs, forces, strict=True)]
    total = sum(force.radial for force in forces)
    moments = (f.radial * f.place_m - pull * f.radius for f, pull in zip(forces, axial, strict=True))
    second = sum(moments) / shaft.span_m
    outer, rating = 1.35 * shaft.diameter_m + 0.024, 9.6e6 * shaft.diameter_m**2
    held = abs(sum(axial))
    return (
        Bearing("ball", shaft.diameter_m, outer, abs(total - second), held, rating, shaft.speed_share),
        Bearing("ball", shaft.diameter_m, outer, abs(second), 0.0, rating, shaft.speed_share),
    )


@dataclass(frozen=True)
class Sized:
    """A gear's dimensions: meshes, bearings, seal and wheel diameters, envelope, and components with material and mass in kg."""

    meshes: tuple[Mesh, ...]
    bearings: tuple[Bearing, ...]
    input_seal_m: float
    output_seal_m: float
    centre_distance_m: float
    length_m: float
    oil_volume_m3: float
    masses: tuple[tuple[str, str, float], ...]

    @property
    def mass_kg(self) -> float:
        """Sum of the components."""
        return sum(mass for _, _, mass in self.masses)

    @property
    def housing_kg(self) -> float:
        """The part of aluminium."""
        return sum(mass for _, material, mass in self.masses if material == "aluminium")


def layshaft_bearings(
    first: Mesh, second: Mesh, shafts: tuple[Shaft, Shaft, Shaft], fold_rad: float
) -> tuple[Bearing, ...]:
    """Bearings of motor shaft, layshaft and axle; the helices on the layshaft pull against each other."""
    to_motor, to_axle = 1.0 + 0.0j, cmath.exp(1j * fold_rad)
    b1, b2 = first.face_width_m, second.face_width_m
    near, far = _BESIDE_TEETH_M + 0.5 * b1, _BESIDE_TEETH_M + b1 + _BETWEEN_TEETH_M + 0.5 * b2
    on_motor = mesh_force(first, near, -to_motor, driven=False, wheel=False)
    on_layshaft = (
        mesh_force(first, near, to_motor, driven=True, wheel=True),
        mesh_force(second, far, to_axle, driven=False, wheel=False),
    )
    on_axle = mesh_force(second, shafts[2].span_m - _BESIDE_TEETH_M - 0.5 * b2, -to_axle, driven=True, wheel=True)
    return (
        *ball_bearings(shafts[0], [on_motor], [1.0]),
        *ball_bearings(shafts[1], on_layshaft, [-1.0, 1.0]),
        *ball_bearings(shafts[2], [on_axle], [-1.0]),
    )


def layshaft_shafts(first: Mesh, second: Mesh, diameters_m: tuple[float, float, float]) -> tuple[Shaft, Shaft, Shaft]:
    """Motor shaft, layshaft and differential, each with its bearings beside the teeth."""
    both = first.face_width_m + second.face_width_m + _BETWEEN_TEETH_M
    spans = first.face_width_m, both, both
    speeds = 1.0, first.speed_share / first.ratio, second.speed_share / second.ratio
    return tuple(
        Shaft(d, span + 2.0 * _BESIDE_TEETH_M, k) for d, span, k in zip(diameters_m, spans, speeds, strict=True)
    )  # type: ignore[return-value]


def size_layshaft(ratio: float, torque_limit_nm: float, first_stage_ratio: float | None = None) -> Sized:
    """Two helical stages with a layshaft, the differential in the second wheel."""
    ratios = stage_ratios(ratio, first_stage_ratio)
    meshes, torque, speed = [], 1.0, 1.0
    for k, u in enumerate(ratios):
        d = pinion_diameter_m(torque * torque_limit_nm, u, _PERMISSIBLE_K_PA[k], _WIDTH_OVER_PINION[k])
        z, helix = _PINION_TEETH[k], _HELIX_RAD[k]
        meshes.append(Mesh(z, z * u, d * math.cos(helix) / z, helix, _WIDTH_OVER_PINION[k] * d, torque, speed))
        torque, speed = torque * u, speed / u
    first, second = meshes
    half_shaft = shaft_diameter_m(0.5 * ratio * torque_limit_nm)
    diameters = shaft_diameter_m(torque_limit_nm), shaft_diameter_m(ratios[0] * torque_limit_nm), half_shaft
    shafts = layshaft_shafts(first, second, diameters)
    bearings = layshaft_bearings(first, second, shafts, _FOLD_RAD)
    axes = first.pinion_diameter_m, first.wheel_diameter_m, second.pinion_diameter_m, second.wheel_diameter_m
    a1, a2 = 0.5 * (axes[0] + axes[1]), 0.5 * (axes[2] + axes[3])
    to_axle = a2 * cmath.exp(1j * _FOLD_RAD)
    width = max(_ring_width_m(bearing) for bearing in bearings)
    length = shafts[1].span_m + 2.0 * width
    discs = ((a1 + 0j, 0.5 * axes[0]), (0j, 0.5 * axes[1]), (to_axle, 0.5 * axes[3]))
    area, perimeter = _outline(discs, 0.006)
    room, wall = area * length, 2.0 * area + perimeter * length
    gears = sum(
        _cylinder_kg(d, b) * solid
        for d, b, solid in zip(
            axes,
            (first.face_width_m, first.face_width_m, second.face_width_m, second.face_width_m),
            (1.0, _WHEEL_SOLIDITY, 1.0, _WHEEL_SOLIDITY),
            strict=True,
        )
    )
    bare = 2.0 * _BESIDE_TEETH_M + 2.0 * width  # what is not inside a pinion or wheel
    steel = sum(_cylinder_kg(shaft.diameter_m, bare + 0.03) for shaft in shafts[:2])
    oil = _OIL_SHARE * room
    masses = (
        ("gears", "steel", gears),
        ("shafts", "steel", steel),
        ("bearings", "steel", sum(_bearing_kg(bearing) for bearing in bearings)),
        ("differential", "steel", _DIFFERENTIAL_KG_PER_NM * ratio * torque_limit_nm),
        ("housing", "aluminium", _HOUSING_KG_PER_M2 * wall),
        ("oil", "oil", 845.0 * oil),
    )
    return Sized((first, second), bearings, diameters[0], half_shaft, abs(a1 - to_axle), length, oil, masses)


def planetary_meshes(
    ratio: float, torque_limit_nm: float, *, stepped: bool, least_sun_m: float = 0.0
) -> tuple[Mesh, Mesh]:
    """Sun with planets and planets with fixed ring, driven at the sun, carrier out; a stepped planet has two toothed bodies.

    Willis: the ratio is 1 + (z_p / z_s) (z_r / z_q), with z_p = z_q for simple planets. Relative to the carrier the sun turns with
    1 - 1 / ratio of its speed: that share of the power rolls, the rest goes round with the carrier. Raises ValueError where no three
    planets have room.
    """
    step = _STEP if stepped else 1.0
    planet = (step * (ratio - 1.0) - 1.0) / (1.0 + step)  # over the sun's diameter
    if planet <= 0.2 or (1.0 + planet) * math.sin(math.pi / _PLANETS) < 1.02 * planet:
        kind = "stepped" if stepped else "simple"
        raise ValueError(f"a planetary set with {kind} planets and a fixed ring has no room for a ratio of {ratio:g}")
    ring = (ratio - 1.0) / planet  # over the small planet's diameter
    share, speed = 1.0 / _PLANETS, 1.0 - 1.0 / ratio
    load = _UNEQUAL_SHARING * share * torque_limit_nm
    (k_sun, k_ring), width_sun = _PERMISSIBLE_K_PA, _WIDTH_OVER_PINION[0]
    d, z = pinion_diameter_m(load, planet, k_sun, width_sun), _PINION_TEETH[0]
    b_sun = width_sun * d
    if d < least_sun_m:  # wide enough for the half shaft: less width carries the torque
        d = least_sun_m
        b_sun = 2.0 * load * (planet + 1.0) / (planet * k_sun * d * d)
    small = step * planet * d
    b_ring = 2.0 * load * planet * (ring - 1.0) / (ring * k_ring * small**2)
    if not stepped:
        b_sun = b_ring = max(b_sun, b_ring)
    b_sun, b_ring = max(b_sun, 0.25 * d), max(b_ring, 0.25 * d)  # assumption: narrower teeth tilt
    helix = _HELIX_RAD[0]
    module = d * math.cos(helix) / z
    to_sun = Mesh(z, z * planet, module, helix, b_sun, share, speed, _PLANETS)
    if not stepped:
        to_ring = Mesh(z * planet, -z * planet * ring, module, helix, b_ring, share * planet, speed / planet, _PLANETS)
        return to_sun, to_ring
    helix_ring = math.atan(math.tan(helix) * step)  # axial forces cancel on the planet
    module_ring = 1.25 * module  # assumption: coarser where the force is greater
    teeth = small * math.cos(helix_ring) / module_ring
    to_ring = Mesh(teeth, -teeth * ring, module_ring, helix_ring, b_ring, share * planet, speed / planet, _PLANETS)
    return to_sun, to_ring


def planet_bearing(to_sun: Mesh, to_ring: Mesh, planet_kg: float, carrier_speed_share: float) -> Bearing:
    """A planet's roller bearing on its pin: the tangential forces of both meshes add, the radial ones work against each other."""
    radial = to_sun.tangential_n_per_nm + to_ring.tangential_n_per_nm
    bore = 0.45 * to_ring.pinion_diameter_m  # assumption: pin and rollers fill the smaller body up to its rim
    thrown = planet_kg * 0.5 * (to_sun.pinion_diameter_m + to_sun.wheel_diameter_m) * carrier_speed_share**2
    return Bearing("roller", bore, 1.5 * bore, radial, 0.0, 0.0, to_ring.speed_share, to_sun.count, thrown)


def size_planetary(ratio: float, torque_limit_nm: float, *, stepped: bool) -> Sized:
    """A concentric gear: hollow sun around the half shaft, fixed ring, differential beside the carrier."""
    half_shaft = shaft_diameter_m(0.5 * ratio * torque_limit_nm)
    inner = float((16.0 * 0.5 * ratio * torque_limit_nm / (math.pi * _HALF_SHAFT_SHEAR_PA)) ** (1.0 / 3.0))
    bore = inner + 0.004
    # The roots lie 1.25 modules below a pitch circle of as many modules as the sun has teeth.
    least_sun = (bore + 2.0 * _SUN_WALL_M) / (1.0 - 2.5 / _PINION_TEETH[0])
    to_sun, to_ring = planetary_meshes(ratio, torque_limit_nm, stepped=stepped, least_sun_m=least_sun)
    sun, planet, small = to_sun.pinion_diameter_m, to_sun.wheel_diameter_m, to_ring.pinion_diameter_m
    ring = to_ring.wheel_diameter_m
    planet_kg = _cylinder_kg(planet, to_sun.face_width_m) * _WHEEL_SOLIDITY
    if stepped:
        planet_kg += _cylinder_kg(small, to_ring.face_width_m) * 0.8
    carrier = Shaft(half_shaft, 1.0, 1.0 / ratio)
    bearings = (*ball_bearings(carrier, [], []), planet_bearing(to_sun, to_ring, planet_kg, 1.0 / ratio))
    teeth = to_sun.face_width_m + (to_ring.face_width_m + _BETWEEN_TEETH_M if stepped else 0.0)
    rim = ring + 2.0 * (1.25 + 3.0) * to_ring.module_m
    across = max(rim, sun + 2.0 * planet + 2.0 * to_sun.module_m)
    differential = 0.10 * (ratio * torque_limit_nm / 3574.0) ** (
        1.0 / 3.0
    )  # assumption: 100 mm at the ID.3's axle torque
    length = teeth + 2.0 * _BESIDE_TEETH_M + differential
    area = math.pi / 4.0 * (across + 0.012) ** 2
    oil = _OIL_SHARE * area * (teeth + 2.0 * _BESIDE_TEETH_M)
    swept = _cylinder_kg(sun + 2.0 * planet, teeth) - _cylinder_kg(sun, teeth)
    gears = _cylinder_kg(sun, to_sun.face_width_m) - _cylinder_kg(bore, to_sun.face_width_m) + _PLANETS * planet_kg
    gears += _cylinder_kg(rim, to_ring.face_width_m) - _cylinder_kg(ring, to_ring.face_width_m)
    masses = (
        ("gears", "steel", gears),
        ("carrier", "steel", 0.3 * swept),  # assumption: webs and pins fill three tenths of the planets' room
        ("bearings", "steel", sum(bearing.count * _bearing_kg(bearing) for bearing in bearings)),
        ("differential", "steel", _DIFFERENTIAL_KG_PER_NM * ratio * torque_limit_nm),
        ("housing", "aluminium", _HOUSING_KG_PER_M2 * (2.0 * area + math.pi * (across + 0.012) * length)),
        ("oil", "oil", 845.0 * oil),
    )
    return Sized((to_sun, to_ring), bearings, bore + 2.0 * _SUN_WALL_M, half_shaft, 0.0, length, oil, masses)


def _ring_width_m(bearing: Bearing) -> float:
    return 0.47 * (bearing.outer_m - bearing.inner_m)  # series 62


def _bearing_kg(bearing: Bearing) -> float:
    ring = _cylinder_kg(bearing.outer_m, 1.0) - _cylinder_kg(bearing.inner_m, 1.0)
    return _BEARING_SOLIDITY * ring * _ring_width_m(bearing)


def _cylinder_kg(diameter_m: float, length_m: float) -> float:
    return STEEL_KG_PER_M3 * math.pi / 4.0 * diameter_m**2 * length_m


def _outline(discs: Sequence[tuple[complex, float]], gap_m: float) -> tuple[float, float]:
    """Area and perimeter of a band around discs (centre, radius), from its support function over the direction."""
    angle = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    reach = np.max([c.real * np.cos(angle) + c.imag * np.sin(angle) + r for c, r in discs], axis=0) + gap_m
    turn = (np.roll(reach, -1) - reach) / (angle[1] - angle[0])
    area = np.pi * float(np.mean(reach**2 - turn**2))
    return area, 2.0 * np.pi * float(np.mean(reach))
