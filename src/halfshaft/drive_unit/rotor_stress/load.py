"""What the iron of a turning rotor carries beside itself: each magnet and each side of a field coil, as traction on the wall that holds it.

A carried body is not meshed and bears no tension. Its centrifugal force, found from its own mass and centre, lies on the walls that face
it from outside, the nearest along the force; walls take their share by the width they offer across the force. The traction points
along the force: what pushes along a slanting wall is held by friction, glue or a notch. It varies linearly over the walls, so that its
resultant passes through the body's centre, as the force does.

A magnet's force is radial. The two sides of a coil are one body, braced against each other by end turns and spacers: what would drive them
apart stays within the coil, and the pole shoe gets what points along the pole's axis. A share of it may be taken off by a sleeve or wedge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.rotor_stress.sheet import Sheet, StressError

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

RESIN_DENSITY_KG_PER_M3 = 1200.0  # assumption: an unfilled impregnating resin between the turns
_COPPER_FILL = 0.6  # assumption where a drawing does not tell
_COPPER_DENSITY_KG_PER_M3 = 8890.0  # IEC 60028:1925
_FACING = 0.2  # a wall holds what presses on it at less than 78 degrees from its normal
_REACH_M = 3e-3  # a wall farther off than that does not hold a body
_NEAR_GAP = 0.98  # of the rotor's radius
_PLAY_M = 0.3e-3  # walls that differ no more in distance hold a body together: insulation and glue even them out


@dataclass(frozen=True)
class Carried:
    """One body: its mass and force per metre of iron at 1 rad/s, where it pulls, and the free sides of the sheet that hold it.

    ``loose_n_per_m`` is what these do not hold and a sleeve must, per metre of stack.
    """

    name: str
    mass_kg_per_m: float
    centre_m: Array
    direction: Array
    force_n_per_m: float
    loose_n_per_m: float
    walls: IntArray


def carried_bodies(
    design: MachineDesign, sheet: Sheet, coil_share: float, *, sleeved: bool = False
) -> tuple[Carried, ...]:
    """All bodies in the rotor and the walls that hold them; the shoe holds ``coil_share`` of each coil side's force. A rotor that is
    ``sleeved`` may leave a body to its sleeve.

    Steel fills only ``stacking_factor`` of the stack, so a metre of steel carries more than a metre of magnet. Raises StressError where no
    wall holds a body.
    """
    bodies = []
    for number, region in enumerate(design.regions):
        label = region.label
        if region.part != "rotor" or label.kind not in ("magnet", "field_winding", "cage"):
            continue
        own = sheet.others[sheet.other_region == number]
        area = _areas(sheet.points_m[own])
        centre = area @ sheet.points_m[own].mean(axis=1) / area.sum()
        if label.kind == "magnet":
            density, share = design.magnets[str(label.material)].density_kg_per_m3, 1.0
            direction = centre / np.linalg.norm(centre)
        elif design.cage is not None:
            density, share = design.cage.conductor.density_kg_per_m3, 1.0
            direction = centre / np.linalg.norm(centre)
        else:
            density, share = coil_density_kg_per_m3(design), coil_share
            direction = _pole_axis(design, sheet, centre)
        mass = density * float(area.sum()) / design.stacking_factor
        force = mass * float(centre @ direction)
        # a sleeve covers the whole stack, and holds each piece at its own radius
        outwards = density * float(area @ np.hypot(*sheet.points_m[own].mean(axis=1).T))
        walls = _walls(sheet, own, centre, direction) if share > 0.0 else np.zeros(0, dtype=np.int64)
        if share > 0.0 and not len(walls):
            share = 0.0
            if not sleeved:
                x, y = 1e3 * centre
                raise StressError(
                    f"nothing holds '{label.name}' at radius {np.hypot(x, y):.2f} mm, angle {np.degrees(np.arctan2(y, x)):.1f} deg "
                    "against centrifugal force; a sleeve must"
                )
        bodies.append(Carried(label.name, mass, centre, direction, share * force, (1.0 - share) * outwards, walls))
    return tuple(bodies)


def coil_density_kg_per_m3(design: MachineDesign) -> float:
    """Mean density of a field coil: copper by its fill, resin between."""
    coil = design.field_coil
    fill, copper = (
        (coil.copper_fill, coil.conductor.density_kg_per_m3) if coil else (_COPPER_FILL, _COPPER_DENSITY_KG_PER_M3)
    )
    return fill * copper + (1.0 - fill) * RESIN_DENSITY_KG_PER_M3


def wall_force(sheet: Sheet, bodies: Sequence[Carried]) -> Array:
    """Nodal forces (2 n,) at 1 rad/s of all bodies on a sheet one metre thick."""
    force = np.zeros((len(sheet.nodes_m), 2))
    share = np.array([1.0, 1.0, 4.0]) / 6.0  # Simpson over first, last and middle node of a side
    for body in bodies:
        if not len(body.walls):
            continue
        sides = sheet.boundary[body.walls]
        offset = _across(body.direction, sheet.nodes_m[sides] - body.centre_m)
        width = np.abs(offset[:, 1] - offset[:, 0])
        weight = share * width[:, None]
        moments = [float((weight * offset**k).sum()) for k in range(3)]
        # constant and slope of the traction: resultant the force, first moment about the line of force nil
        matrix = np.array([moments[:2], moments[1:]])
        scale = np.sqrt(moments[2] / moments[0])
        constant, slope = np.linalg.solve(
            matrix / np.array([[1.0], [scale]]) / np.array([1.0, scale]), [body.force_n_per_m, 0.0]
        ) / np.array([1.0, scale])
        nodal = weight * (constant + slope * offset)
        np.add.at(force, sides.ravel(), nodal.ravel()[:, None] * body.direction)
    return force.ravel()


def _areas(corners: Array) -> Array:
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return np.asarray(0.5 * (ax * by - ay * bx))


def _across(direction: Array, vectors: Array) -> Array:
    """Component across the direction, counter-clockwise positive."""
    return np.asarray(direction[0] * vectors[..., 1] - direction[1] * vectors[..., 0])


def _walls(sheet: Sheet, body: IntArray, centre: Array, direction: Array) -> IntArray:
    """Free sides of the iron that face the body from outside, nearest along the direction."""
    sides = np.concatenate([body[:, [0, 1]], body[:, [1, 2]], body[:, [2, 0]]])
    _, first, count = np.unique(np.sort(sides, axis=1), axis=0, return_index=True, return_counts=True)
    outline = sheet.points_m[sides[first[count == 1]]] - centre
    ends, middle = sheet.nodes_m[sheet.boundary[:, :2]], sheet.nodes_m[sheet.boundary[:, 2]] - centre
    along = ends[:, 1] - ends[:, 0]
    outwards = np.column_stack([along[:, 1], -along[:, 0]]) / np.linalg.norm(along, axis=1)[:, None]
    facing = np.flatnonzero(outwards @ direction < -_FACING)
    offset = _across(direction, middle[facing])
    body_top = _height_at(outline, direction, offset)
    apart = middle[facing] @ direction - body_top
    near = (apart > -_PLAY_M) & (apart < _REACH_M)
    if not near.any():
        return np.zeros(0, dtype=np.int64)
    return np.asarray(facing[near & (apart < apart[near].min() + _PLAY_M)])


def _height_at(segments: Array, direction: Array, offset: Array) -> Array:
    """Greatest height along the direction of segments (s, 2, 2) at offsets (k,) across it; -inf where there is none."""
    across, height = _across(direction, segments), segments @ direction
    low, high = across.min(axis=1), across.max(axis=1)
    spans = (offset[:, None] >= low) & (offset[:, None] <= high) & (high > low)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = (offset[:, None] - across[:, 0]) / (across[:, 1] - across[:, 0])
        at = height[:, 0] + share * (height[:, 1] - height[:, 0])
    found = np.where(spans, at, -np.inf).max(axis=1)
    return np.asarray(found)


def _pole_axis(design: MachineDesign, sheet: Sheet, centre: Array) -> Array:
    """Direction of the pole's axis next to a coil side: of the two multiples of half a pole pitch beside it, the one along which iron
    comes up to the gap."""
    half = 0.5 * np.pi / design.pole_pairs
    angle = np.arctan2(centre[1], centre[0])
    iron = sheet.nodes_m[sheet.elements[:, :3]]
    for candidate in (half * np.floor(angle / half), half * np.ceil(angle / half)):
        inside = np.clip(candidate, 1e-3, design.sector_rad - 1e-3)
        if _holds(iron, _NEAR_GAP * design.rotor_outer_radius_m * np.array([np.cos(inside), np.sin(inside)])):
            return np.array([np.cos(candidate), np.sin(candidate)])
    return np.asarray(centre / np.linalg.norm(centre))


def _holds(triangles: Array, point: Array) -> bool:
    """Whether any of the triangles (m, 3, 2), counter-clockwise, contains a point."""
    ahead, to_point = np.roll(triangles, -1, axis=1) - triangles, point - triangles
    left = ahead[..., 0] * to_point[..., 1] - ahead[..., 1] * to_point[..., 0]
    return bool((left >= 0.0).all(axis=1).any())
