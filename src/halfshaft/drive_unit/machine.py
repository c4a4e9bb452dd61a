"""The electric machine: one electromagnetic cross-section, and what stack length and turns make of it.

A lamination holds what is known of a cross-section without its field: copper, mass, drag, envelope. The field itself, computed per metre of
stack and per series turn (see ``magnetic_table``), stands beside it, so that length and turns are exact bookkeeping. dq quantities are peak
values (convention 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.heat_paths import HeatPaths
from halfshaft.drive_unit.material_row import MaterialRow

Array = NDArray[np.float64]
Excitation = Literal["field_winding", "permanent_magnet", "induction"]

COPPER_RESISTIVITY_OHM_M = 1.7241e-8  # annealed copper at 20 degC, IEC 60028:1925
COPPER_TEMPERATURE_COEFFICIENT_PER_K = 3.93e-3  # at 20 degC, IEC 60028:1925
COPPER_DENSITY_KG_PER_M3 = 8890.0  # IEC 60028:1925
_REFERENCE_TEMPERATURE_K = 293.15
_VACUUM_PERMEABILITY_H_PER_M = 4e-7 * np.pi


def copper_resistivity_ohm_m(temperature_k: float) -> float:
    """Resistivity of annealed copper, linear in temperature [IEC 60028:1925]."""
    return COPPER_RESISTIVITY_OHM_M * (
        1.0 + COPPER_TEMPERATURE_COEFFICIENT_PER_K * (temperature_k - _REFERENCE_TEMPERATURE_K)
    )


@dataclass(frozen=True)
class FieldWinding:
    """The rotor of an externally excited machine: a copper winding fed over slip rings.

    Copper is given by its field turns per pole and the copper area of one coil side, so that resistance and mass are one statement.
    """

    turns_per_pole: float
    current_limit_a: float
    coil_side_copper_area_m2: float
    end_turn_length_m: float
    brush_drop_v: float
    exciter_efficiency: float
    exciter_mass_kg: float
    exciter_length_m: float

    def resistance_ohm(self, poles: int, stack_length_m: float, temperature_k: float) -> float:
        """Resistance of all poles in series; a turn is twice the stack and two end turns long."""
        turn_length_m = 2.0 * (stack_length_m + self.end_turn_length_m)
        conductor_area_m2 = self.coil_side_copper_area_m2 / self.turns_per_pole
        return poles * self.turns_per_pole * copper_resistivity_ohm_m(temperature_k) * turn_length_m / conductor_area_m2

    def copper_mass_kg(self, poles: int, stack_length_m: float) -> float:
        """Mass of the field copper."""
        volume_m3 = poles * 2.0 * (stack_length_m + self.end_turn_length_m) * self.coil_side_copper_area_m2
        return volume_m3 * COPPER_DENSITY_KG_PER_M3


@dataclass(frozen=True)
class Magnets:
    """The rotor of a permanent-magnet machine: what its magnets weigh. What they drive stands in the field."""

    mass_kg_per_m: float


@dataclass(frozen=True)
class SquirrelCage:
    """The rotor of an induction machine. Its field knows what the bars lose within the stack at 20 degC; this is the rest.

    ``ring_length_m`` is the length of bars that would lose what rings and bar ends do. Masses are those of bars per metre of stack, and of
    both rings with bar ends.
    """

    ring_length_m: float
    temperature_coefficient_per_k: float
    bars_kg_per_m: float
    rings_kg: float
    material: str
    joule_per_kg_k: float

    def loss_factor(self, stack_length_m: float, temperature_k: float) -> float:
        """Loss of the whole cage over that of its bars within the stack at 20 degC, at the same current."""
        warm = 1.0 + self.temperature_coefficient_per_k * (temperature_k - _REFERENCE_TEMPERATURE_K)
        return warm * (1.0 + self.ring_length_m / stack_length_m)

    def mass_kg(self, stack_length_m: float) -> float:
        """Bars and rings."""
        return self.bars_kg_per_m * stack_length_m + self.rings_kg


@dataclass(frozen=True)
class Lamination:
    """An electromagnetic cross-section but for its field.

    Stator copper: ``slot_copper_area_m2`` is the copper of all slots together; a coil's end is ``end_turn_length_m`` long on
    each side. ``iron_building_factor`` is what punching and joining make of the loss that the steel's maker states, and
    ``inverter_iron_factor`` what the harmonics of a switching inverter make of that. ``conductor_height_m`` stacks radially in a slot and
    the copper takes ``conductor_width_share`` of its width.
    ``heat_paths`` are those of the drawing; without them they are estimated.
    """

    name: str
    pole_pairs: int
    slots: int
    outer_diameter_m: float
    bore_diameter_m: float
    rotor: FieldWinding | Magnets | SquirrelCage
    slot_copper_area_m2: float
    slot_copper_height_m: float
    conductor_width_share: float
    end_turn_length_m: float
    bearing_torque_nm: float
    windage_w_per_m_rad3_s3: float
    steel_kg_per_m: float
    shaft_kg_per_m: float
    housing_diameter_m: float
    housing_kg_per_m: float
    housing_ends_kg: float
    end_space_length_m: float
    max_speed_rad_per_s: float
    iron_building_factor: float = 1.0
    inverter_iron_factor: float = 1.0
    heat_paths: HeatPaths | None = None

    def mechanical_torque_nm(self, speed_rad_per_s: Array, stack_length_m: float) -> Array:
        """Bearing and windage torque of the rotor."""
        torque: Array = self.bearing_torque_nm + self.windage_w_per_m_rad3_s3 * stack_length_m * speed_rad_per_s**2
        return torque

    @property
    def excitation(self) -> Excitation:
        """What drives the rotor's flux."""
        if isinstance(self.rotor, SquirrelCage):
            return "induction"
        return "field_winding" if isinstance(self.rotor, FieldWinding) else "permanent_magnet"

    @property
    def greatest_field_a(self) -> float:
        """Greatest field ampere-turns of one pole; magnets and cages leave no choice, and none is needed."""
        rotor = self.rotor
        return rotor.turns_per_pole * rotor.current_limit_a if isinstance(rotor, FieldWinding) else 0.0


@dataclass(frozen=True)
class Machine:
    """A lamination stacked to a length and wound with a number of turns.

    ``series_turns`` are counted per phase of one three-phase set. With ``winding_sets`` = 2 the currents of both sets add up in
    one dq model, in which the turns of one set count.
    """

    name: str
    lamination: Lamination
    stack_length_m: float
    series_turns: int
    parallel_paths: int = 1
    winding_sets: int = 1
    hollow_shaft: bool = False

    def __post_init__(self) -> None:
        if self.stack_length_m <= 0.0 or self.series_turns < 1 or self.parallel_paths < 1 or self.winding_sets < 1:
            raise ValueError(
                f"machine {self.name!r}: stack length, series turns, parallel paths and winding sets must be positive, "
                f"not {self.stack_length_m} m, {self.series_turns}, {self.parallel_paths}, {self.winding_sets}"
            )
        conductors = 6 * self.series_turns * self.parallel_paths * self.winding_sets
        if conductors % self.lamination.slots:
            raise ValueError(
                f"machine {self.name!r}: {conductors} conductors do not fill {self.lamination.slots} slots evenly; "
                "choose series turns x parallel paths x winding sets accordingly"
            )

    @property
    def conductors_per_slot(self) -> int:
        """Layers of conductors stacked radially in each slot."""
        return 6 * self.series_turns * self.parallel_paths * self.winding_sets // self.lamination.slots

    def stator_resistance_ohm(self, temperature_k: float) -> float:
        """Direct-current resistance of one phase, all winding sets in parallel: 12 rho N^2 (L + l_end) / A_copper."""
        conductor_length_m = self.stack_length_m + self.lamination.end_turn_length_m
        return (
            12.0
            * copper_resistivity_ohm_m(temperature_k)
            * self.series_turns**2
            * conductor_length_m
            / self.lamination.slot_copper_area_m2
        )

    def alternating_current_factor(self, electrical_frequency_hz: Array, temperature_k: float) -> Array:
        """Ratio of alternating- to direct-current resistance, over frequencies of any shape.

        Skin and proximity effect of a rectangular conductor stack in an open slot [Dowell 1966, Proc. IEE 113(8)], in the
        stack length only: the end turns lie in air, where the cross field is small.
        """
        layers = self.conductors_per_slot
        height_m = self.lamination.slot_copper_height_m / layers
        f = np.asarray(electrical_frequency_hz, dtype=float)
        resistivity = copper_resistivity_ohm_m(temperature_k)
        per_skin_depth = np.sqrt(
            np.pi * f * _VACUUM_PERMEABILITY_H_PER_M * self.lamination.conductor_width_share / resistivity
        )
        xi = np.maximum(height_m * per_skin_depth, 1e-3)  # below, the quotients lose digits and the factor is 1
        skin = xi * (np.sinh(2 * xi) + np.sin(2 * xi)) / (np.cosh(2 * xi) - np.cos(2 * xi))
        proximity = 2 * xi * (np.sinh(xi) - np.sin(xi)) / (np.cosh(xi) + np.cos(xi))
        in_slot = skin + (layers**2 - 1) / 3.0 * proximity
        slot_share = self.stack_length_m / (self.stack_length_m + self.lamination.end_turn_length_m)
        factor: Array = np.maximum(1.0 + slot_share * (in_slot - 1.0), 1.0)
        return factor

    @property
    def cooled_surface_m2(self) -> float:
        """The stator's cylinder, through which a water jacket takes the heat."""
        return float(np.pi * self.lamination.outer_diameter_m * self.stack_length_m)

    @property
    def length_m(self) -> float:
        """Axial envelope: stack, end windings with bearings, and the exciter where there is one."""
        rotor = self.lamination.rotor
        exciter = rotor.exciter_length_m if isinstance(rotor, FieldWinding) else 0.0
        return self.stack_length_m + self.lamination.end_space_length_m + exciter

    @property
    def diameter_m(self) -> float:
        """Outer diameter of the housing."""
        return self.lamination.housing_diameter_m

    @property
    def stator_copper_kg(self) -> float:
        """Mass of the stator winding."""
        length_m = self.stack_length_m + self.lamination.end_turn_length_m
        return self.lamination.slot_copper_area_m2 * length_m * COPPER_DENSITY_KG_PER_M3

    @property
    def magnet_kg(self) -> float:
        """Mass of the magnets, zero for a field winding."""
        rotor = self.lamination.rotor
        return rotor.mass_kg_per_m * self.stack_length_m if isinstance(rotor, Magnets) else 0.0

    @property
    def bill_by_module(self) -> tuple[MaterialRow, ...]:
        """Everything that weighs something, with the module it comes with."""
        lamination, length_m = self.lamination, self.stack_length_m
        rotor = lamination.rotor

        def of_lamination(component: str, material: str, mass_kg: float) -> MaterialRow:
            return MaterialRow("lamination", lamination.name, component, material, mass_kg)

        def of_machine(component: str, material: str, mass_kg: float) -> MaterialRow:
            return MaterialRow("machine", self.name, component, material, mass_kg)

        rows = [
            of_lamination("laminations", "electrical steel", lamination.steel_kg_per_m * length_m),
            of_machine("stator winding", "copper", self.stator_copper_kg),
            of_lamination("end shields", "aluminium", lamination.housing_ends_kg),
            of_machine("machine housing", "aluminium", lamination.housing_kg_per_m * length_m),
            of_machine("shaft", "steel", lamination.shaft_kg_per_m * length_m),
        ]
        if isinstance(rotor, FieldWinding):
            copper_kg = rotor.copper_mass_kg(2 * lamination.pole_pairs, length_m)
            rows.append(of_machine("field winding", "copper", copper_kg))
            rows.append(of_lamination("exciter", "electronics", rotor.exciter_mass_kg))
        elif isinstance(rotor, SquirrelCage):
            rows.append(of_machine("cage", rotor.material, rotor.mass_kg(length_m)))
        else:
            rows.append(of_lamination("magnets", "rare-earth magnet", self.magnet_kg))
        return tuple(rows)

    @property
    def bill_of_material(self) -> tuple[tuple[str, str, float], ...]:
        """Component, material and mass in kg, of everything that weighs something."""
        return tuple((row.component, row.material, row.mass_kg) for row in self.bill_by_module)

    @property
    def active_mass_kg(self) -> float:
        """Laminations, copper and magnets: what makes the torque."""
        active = {"electrical steel", "copper", "rare-earth magnet"}
        return sum(mass for _, material, mass in self.bill_of_material if material in active)

    @property
    def mass_kg(self) -> float:
        """Everything in the bill of material."""
        return sum(mass for _, _, mass in self.bill_of_material)
