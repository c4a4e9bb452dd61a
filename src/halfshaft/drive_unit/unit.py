"""The drive unit: machine, inverter and gear in one housing."""

from __future__ import annotations

from dataclasses import dataclass

from halfshaft.drive_unit.cooling import Cooling
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.inverter import Inverter
from halfshaft.drive_unit.machine import Machine
from halfshaft.drive_unit.material_row import MaterialRow
from halfshaft.drive_unit.motor_map import Motor


@dataclass(frozen=True)
class DriveUnit:
    """One combination of modules, as it is bolted to an axle."""

    name: str
    machine: Machine
    inverter: Inverter
    gear: GearSet
    cooling: Cooling

    def __post_init__(self) -> None:
        if self.inverter.sets != self.machine.winding_sets:
            raise ValueError(
                f"unit {self.name!r}: inverter {self.inverter.name!r} feeds {self.inverter.sets} three-phase sets, "
                f"machine {self.machine.name!r} has {self.machine.winding_sets}; choose a pair with equal sets"
            )
        if self.gear.arrangement == "coaxial" and not self.machine.hollow_shaft:
            raise ValueError(
                f"unit {self.name!r}: the coaxial gear {self.gear.name!r} leads a half shaft through the rotor, "
                f"but machine {self.machine.name!r} has no hollow shaft"
            )

    @property
    def motor(self) -> Motor:
        """Machine and inverter with their cooling: all that depends on currents."""
        return Motor(self.machine, self.inverter, self.cooling)

    @property
    def max_speed_rad_per_s(self) -> float:
        """What machine and gear both stand."""
        return min(self.machine.lamination.max_speed_rad_per_s, self.gear.speed_limit_rad_per_s)

    @property
    def module_names(self) -> tuple[str, str, str]:
        """Machine, inverter, gear."""
        return self.machine.name, self.inverter.name, self.gear.name

    @property
    def bill_by_module(self) -> tuple[MaterialRow, ...]:
        """Everything that weighs something, with the module it comes with; what the inverter is made of is one row."""
        inverter, gear = self.inverter, self.gear
        return (
            *self.machine.bill_by_module,
            MaterialRow("inverter", inverter.name, "inverter", "electronics", inverter.mass_kg),
            MaterialRow("gear", gear.name, "gear set", "steel", gear.mass_kg - gear.housing_kg),
            MaterialRow("gear", gear.name, "gear housing", "aluminium", gear.housing_kg),
        )

    @property
    def bill_of_material(self) -> tuple[tuple[str, str, float], ...]:
        """Component, material and mass in kg of the rows of `bill_by_module`."""
        return tuple((row.component, row.material, row.mass_kg) for row in self.bill_by_module)

    @property
    def mass_kg(self) -> float:
        """Sum of the bill of material."""
        return sum(mass for _, _, mass in self.bill_of_material)

    @property
    def rare_earth_kg(self) -> float:
        """Mass of rare-earth magnet."""
        return self.machine.magnet_kg

    @property
    def semiconductor_pieces(self) -> int:
        """Power semiconductor chips in the inverter."""
        return self.inverter.chip_pieces

    @property
    def length_m(self) -> float:
        """Along the axle: machine and gear side by side; the inverter rides on top where it is no longer than they are."""
        return max(self.machine.length_m + self.gear.length_m, self.inverter.length_m)

    @property
    def diameter_m(self) -> float:
        """Envelope across the axle: a parallel gear adds its centre distance to the machine's diameter."""
        if self.gear.arrangement == "coaxial":
            return self.machine.diameter_m
        return self.machine.diameter_m + self.gear.centre_distance_m
