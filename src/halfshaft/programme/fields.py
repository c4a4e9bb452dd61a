"""Field types of a programme: quantities that check their unit, names that check their letters.

Each type reads what a person writes and gives back a plain SI number. Exchange rates come with the validation context, so that a price
in dollars is refused when the programme states no rate for dollars.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo

from halfshaft.quantities import UnitError, parse_quantity


class Strict(BaseModel):
    """Base of every programme model: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


def _reader(unit: str) -> Callable[[Any, ValidationInfo], float]:
    def read(value: Any, info: ValidationInfo) -> float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"expected a quantity in {unit}")
        rates = (info.context or {}).get("rates")
        try:
            return parse_quantity(str(value), unit, rates)
        except UnitError as error:
            raise ValueError(str(error)) from None

    return read


# Hours of work in one engineer's year: 220 days of 7.5 hours, less what is no development.
ENGINEER_YEAR_H = 1600.0


def _effort(value: Any, info: ValidationInfo) -> float:
    """Engineering work in hours, from hours or from engineer-years."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected hours (`12000 h`) or engineer-years (`8 year`)")
    try:
        return parse_quantity(str(value), "h")
    except UnitError as error:
        try:
            return parse_quantity(str(value), "year") * ENGINEER_YEAR_H
        except UnitError:
            raise ValueError(f"{error}, or in engineer-years: `8 year`") from None


def quantity_type(unit: str) -> Any:
    """The field type of a quantity that is kept in `unit`."""
    return Annotated[float, BeforeValidator(_reader(unit))]


Share = Annotated[float, BeforeValidator(_reader("1")), Field(ge=0, le=1)]
Factor = Annotated[float, BeforeValidator(_reader("1")), Field(ge=0)]
Mass = Annotated[float, BeforeValidator(_reader("kg")), Field(gt=0)]
Torque = Annotated[float, BeforeValidator(_reader("Nm")), Field(gt=0)]
MassLimit = Annotated[float, BeforeValidator(_reader("kg")), Field(ge=0)]
Length = Annotated[float, BeforeValidator(_reader("m")), Field(gt=0)]
Area = Annotated[float, BeforeValidator(_reader("m^2")), Field(gt=0)]
Speed = Annotated[float, BeforeValidator(_reader("m/s")), Field(gt=0)]
Acceleration = Annotated[float, BeforeValidator(_reader("m/s^2")), Field(ge=0)]
Power = Annotated[float, BeforeValidator(_reader("W")), Field(ge=0)]
Energy = Annotated[float, BeforeValidator(_reader("Wh")), Field(gt=0)]
EnergyPerKm = Annotated[float, BeforeValidator(_reader("Wh/km")), Field(gt=0)]
Voltage = Annotated[float, BeforeValidator(_reader("V")), Field(gt=0)]
Resistance = Annotated[float, BeforeValidator(_reader("ohm")), Field(ge=0)]
Force = Annotated[float, BeforeValidator(_reader("N"))]
ForcePerSpeed = Annotated[float, BeforeValidator(_reader("N*s/m"))]
ForcePerSpeed2 = Annotated[float, BeforeValidator(_reader("N*s^2/m^2")), Field(gt=0)]
Duration = Annotated[float, BeforeValidator(_reader("s")), Field(ge=0)]
Money = Annotated[float, BeforeValidator(_reader("money")), Field(ge=0)]
MoneyPerYear = Annotated[float, BeforeValidator(_reader("money/year")), Field(ge=0)]
MoneyPerPower = Annotated[float, BeforeValidator(_reader("money/kW")), Field(ge=0)]
MoneyPerMass = Annotated[float, BeforeValidator(_reader("money/kg")), Field(ge=0)]
MoneyPerEnergy = Annotated[float, BeforeValidator(_reader("money/kWh")), Field(ge=0)]
MoneyPerPiece = Annotated[float, BeforeValidator(_reader("money/piece")), Field(ge=0)]
MoneyPerHour = Annotated[float, BeforeValidator(_reader("money/h")), Field(ge=0)]
MassPerEnergy = Annotated[float, BeforeValidator(_reader("kg/kWh")), Field(ge=0)]
MassPerMass = Annotated[float, BeforeValidator(_reader("kg/kg")), Field(ge=0)]
Effort = Annotated[float, BeforeValidator(_effort), Field(ge=0)]
Pieces = Annotated[float, BeforeValidator(_reader("pieces")), Field(ge=0)]
PiecesPerYear = Annotated[float, BeforeValidator(_reader("pieces/year")), Field(ge=0)]

Name = Annotated[str, StringConstraints(min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
Year = Annotated[int, Field(ge=1990, le=2100)]
Heading = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
