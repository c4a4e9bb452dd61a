"""A whole programme, frozen: what a study starts from, with the look-ups that several rooms need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from halfshaft.programme.engineering import vehicle_model
from halfshaft.programme.kit import ModuleKit
from halfshaft.programme.model import (
    BottomUpBook,
    Header,
    LawBook,
    Part,
    Partner,
    Plant,
    Requirement,
    Scenario,
    Supplier,
    VehicleProgramme,
)
from halfshaft.programme.space import Space
from halfshaft.quantities import Ledger
from halfshaft.vehicle import Vehicle

T = TypeVar("T", Partner, VehicleProgramme, LawBook | BottomUpBook, Scenario)


@dataclass(frozen=True)
class Programme:
    """Everything that both partners bring, the ledger of what it rests on, and the file and line of each (kind, id) for error messages.

    ``space`` is what the kit could still become; no study rests on it, and its figures are not in the ledger.
    """

    header: Header
    vehicles: tuple[VehicleProgramme, ...]
    requirements: tuple[Requirement, ...]
    kit: ModuleKit
    parts: tuple[Part, ...]
    suppliers: tuple[Supplier, ...]
    plants: tuple[Plant, ...]
    books: tuple[LawBook | BottomUpBook, ...]
    scenarios: tuple[Scenario, ...]
    ledger: Ledger
    places: Mapping[tuple[str, str], tuple[str, int]]
    space: Space | None = None

    def vehicle(self, name: str) -> VehicleProgramme:
        """The vehicle with this id. Raises KeyError."""
        return _find(self.vehicles, name)

    def partner(self, name: str) -> Partner:
        """The partner with this id. Raises KeyError."""
        return _find(self.header.partners, name)

    def book(self, name: str) -> LawBook | BottomUpBook:
        """The cost book with this id. Raises KeyError."""
        return _find(self.books, name)

    def scenario(self, name: str) -> Scenario:
        """The adoption scenario with this id. Raises KeyError."""
        return _find(self.scenarios, name)

    def model_of(self, vehicle: VehicleProgramme) -> Vehicle:
        """The physical vehicle. Raises ValueError on numbers that no car has."""
        return vehicle_model(vehicle, self.header.driving)

    def requirements_of(self, vehicle: VehicleProgramme) -> tuple[Requirement, ...]:
        """The demands that bind a vehicle: those on it by name, and those on all vehicles of its partner or of everyone."""
        return tuple(
            requirement
            for requirement in self.requirements
            if requirement.vehicle == vehicle.id
            or (requirement.vehicle == "all" and requirement.owner in (vehicle.partner, "joint"))
        )


def _find(items: tuple[T, ...], name: str) -> T:
    for item in items:
        if item.id == name:
            return item
    raise KeyError(name)
