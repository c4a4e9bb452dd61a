"""What a figure is: a number with a unit, a source or the word *assumption*, and a circle of people who may see it."""

from halfshaft.quantities.errors import InputError, Problem
from halfshaft.quantities.figures import VISIBILITIES, Figure, Ledger, Visibility
from halfshaft.quantities.interval import Interval
from halfshaft.quantities.units import CURRENCIES, Unit, UnitError, parse_quantity, unit

__all__ = [
    "CURRENCIES",
    "VISIBILITIES",
    "Figure",
    "InputError",
    "Interval",
    "Ledger",
    "Problem",
    "Unit",
    "UnitError",
    "Visibility",
    "parse_quantity",
    "unit",
]
