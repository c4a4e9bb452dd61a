"""A machine as drawn: what lies where in one sector of its cross-section, how it is wound, and how long it is.

A *design* is the input of the field room, whichever way it came in: from a template, a DXF or FEMM drawing, or a region file. It covers
the smallest sector that repeats (usually one pole) from angle 0 to ``sector_rad``, or the whole circle. Whatever no label names is air.
The rotor is inside. The ring between the outermost solid point of the rotor and the innermost of the stator is the air gap; it holds no
edge, so that the rotor may turn in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Literal

from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.geometry.shapes import Edge, Point

Part = Literal["stator", "rotor"]
Kind = Literal["iron", "magnet", "stator_winding", "field_winding", "cage", "air"]
PHASES = 3


@dataclass(frozen=True)
class Label:
    """Says what the face around a point is.

    ``magnetisation_rad`` is the direction of a magnet's remanence, from the x axis of the drawing. ``conductors`` counts the turns that
    cross the face, positive where positive current comes out of the plane; for a stator winding the current is that of one parallel
    path of ``phase`` (0, 1, 2), for a field winding the field current. Of a cage's bar it is the bar's share of the sinusoidal pattern of
    currents that makes the cage one winding, -1 on the d axis and 0 on the q axis.
    """

    point: Point
    name: str
    kind: Kind
    material: str | None = None
    magnetisation_rad: float | None = None
    phase: int | None = None
    conductors: float = 0.0


@dataclass(frozen=True)
class Region:
    """One face of the drawing with its exact boundary: counter-clockwise outside, clockwise around each hole."""

    label: Label
    part: Part
    outline: tuple[Edge, ...]
    holes: tuple[tuple[Edge, ...], ...]
    area_m2: float


@dataclass(frozen=True)
class RectangularWire:
    """Hairpins: ``layers`` solid bars on top of each other in a slot, the height counted radially."""

    width_m: float
    height_m: float
    layers: int


@dataclass(frozen=True)
class RoundWire:
    """Strands of one diameter, ``strands`` of them in parallel in each conductor."""

    diameter_m: float
    strands: int


Wire = RectangularWire | RoundWire


@dataclass(frozen=True)
class Winding:
    """The stator winding beyond its place in the slots. The end turn is one coil end, from slot to slot."""

    parallel_paths: int
    conductor: Conductor
    coil_pitch_slots: int
    end_turn_length_m: float
    wire: Wire | None = None
    copper_fill: float | None = None


@dataclass(frozen=True)
class FieldCoil:
    """The rotor winding beyond its place: all poles in series."""

    turns_per_pole: float
    conductor: Conductor
    end_turn_length_m: float
    copper_fill: float


@dataclass(frozen=True)
class Cage:
    """A squirrel cage beyond its bars' places: ``bars`` around the rotor, and a short-circuit ring at either end of the stack.

    Bars reach over the stack by ``overhang_m`` at either end. A ring is ``ring_thickness_m`` thick along the shaft.
    """

    bars: int
    conductor: Conductor
    overhang_m: float
    ring_outer_diameter_m: float
    ring_inner_diameter_m: float
    ring_thickness_m: float


@dataclass(frozen=True)
class MachineDesign:
    """One machine: the drawn sector, its materials, its windings and its stack length.

    ``edges`` are noded: two of them meet at common end points only. ``regions`` tile the stator's and the rotor's part of the sector;
    the gap ring belongs to neither. Where the drawing reaches the axis, ``rotor_inner_radius_m`` is zero.
    """

    name: str
    pole_pairs: int
    sector_poles: int
    slots: int
    stator_outer_radius_m: float
    stator_bore_radius_m: float
    rotor_outer_radius_m: float
    rotor_inner_radius_m: float
    stack_length_m: float
    stacking_factor: float
    edges: tuple[Edge, ...]
    regions: tuple[Region, ...]
    steels: dict[str, Steel]
    magnets: dict[str, Magnet]
    winding: Winding | None
    field_coil: FieldCoil | None
    source: str
    notes: tuple[str, ...] = ()
    cage: Cage | None = None

    @property
    def sector_rad(self) -> float:
        """The angle that is drawn."""
        return pi * self.sector_poles / self.pole_pairs

    @property
    def whole_circle(self) -> bool:
        """Whether all poles are drawn, so that nothing has to be tied to its repetition."""
        return self.sector_poles == 2 * self.pole_pairs

    @property
    def boundary_sign(self) -> int:
        """The vector potential's sign one sector further: -1 over an odd number of poles."""
        return -1 if self.sector_poles % 2 else 1

    @property
    def sectors(self) -> int:
        """How often the drawn sector repeats around the circle."""
        return 2 * self.pole_pairs // self.sector_poles

    @property
    def gap_m(self) -> float:
        """Radial length of the gap ring."""
        return self.stator_bore_radius_m - self.rotor_outer_radius_m
