"""Quantities as people write them, read strictly: one number, one unit, nothing else.

A quantity is a string such as `17000 rpm` or `0.37127 N*s^2/m^2`. The reader knows a table of units and their products and powers, checks
the dimension, and refuses everything that it would have to guess: digit grouping, decimal commas, a missing unit. Angle, revolution and
each currency are dimensions of their own, so that rad/s is not Hz, Nm is not J and euro is not dollar. A percentage is a number.

Money is converted with rates that the caller states; without a rate another currency is an error, never a silent 1.0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

Dimension = tuple[tuple[str, int], ...]

CURRENCIES = ("EUR", "USD", "GBP")


class UnitError(ValueError):
    """A quantity that cannot be read; the message says why and what would be right."""


@dataclass(frozen=True)
class Unit:
    """A unit as its size in SI units (and single currency units) and its dimension."""

    factor: float
    dimension: Dimension


def _dimension(**powers: int) -> Dimension:
    return tuple(sorted((name, power) for name, power in powers.items() if power))


_ENERGY = {"kg": 1, "m": 2, "s": -2}
_POWER = {"kg": 1, "m": 2, "s": -3}
_VOLT = {"kg": 1, "m": 2, "s": -3, "A": -1}

_ATOMS: dict[str, Unit] = {
    "1": Unit(1.0, ()),
    "%": Unit(0.01, ()),
    "kg": Unit(1.0, _dimension(kg=1)),
    "g": Unit(1e-3, _dimension(kg=1)),
    "t": Unit(1e3, _dimension(kg=1)),
    "lb": Unit(0.45359237, _dimension(kg=1)),
    "m": Unit(1.0, _dimension(m=1)),
    "mm": Unit(1e-3, _dimension(m=1)),
    "cm": Unit(1e-2, _dimension(m=1)),
    "km": Unit(1e3, _dimension(m=1)),
    "mi": Unit(1609.344, _dimension(m=1)),
    "s": Unit(1.0, _dimension(s=1)),
    "ms": Unit(1e-3, _dimension(s=1)),
    "us": Unit(1e-6, _dimension(s=1)),
    "min": Unit(60.0, _dimension(s=1)),
    "h": Unit(3600.0, _dimension(s=1)),
    "year": Unit(1.0, _dimension(year=1)),
    "rad": Unit(1.0, _dimension(rad=1)),
    "deg": Unit(math.pi / 180.0, _dimension(rad=1)),
    "rev": Unit(2.0 * math.pi, _dimension(rad=1)),
    "rpm": Unit(2.0 * math.pi / 60.0, _dimension(rad=1, s=-1)),
    "Hz": Unit(1.0, _dimension(cycle=1, s=-1)),
    "kHz": Unit(1e3, _dimension(cycle=1, s=-1)),
    "N": Unit(1.0, _dimension(kg=1, m=1, s=-2)),
    "lbf": Unit(4.4482216152605, _dimension(kg=1, m=1, s=-2)),
    "kN": Unit(1e3, _dimension(kg=1, m=1, s=-2)),
    # Torque is energy per angle: so Nm times rad/s is W, and Nm is never mistaken for J.
    "Nm": Unit(1.0, _dimension(**_ENERGY, rad=-1)),
    "J": Unit(1.0, _dimension(**_ENERGY)),
    "mJ": Unit(1e-3, _dimension(**_ENERGY)),
    "Wh": Unit(3600.0, _dimension(**_ENERGY)),
    "kWh": Unit(3.6e6, _dimension(**_ENERGY)),
    "W": Unit(1.0, _dimension(**_POWER)),
    "kW": Unit(1e3, _dimension(**_POWER)),
    "hp": Unit(745.69987158227022, _dimension(**_POWER)),
    "V": Unit(1.0, _dimension(**_VOLT)),
    "mV": Unit(1e-3, _dimension(**_VOLT)),
    "A": Unit(1.0, _dimension(A=1)),
    "ohm": Unit(1.0, _dimension(kg=1, m=2, s=-3, A=-2)),
    "mohm": Unit(1e-3, _dimension(kg=1, m=2, s=-3, A=-2)),
    "Wb": Unit(1.0, _dimension(kg=1, m=2, s=-2, A=-1)),
    "mWb": Unit(1e-3, _dimension(kg=1, m=2, s=-2, A=-1)),
    "H": Unit(1.0, _dimension(kg=1, m=2, s=-2, A=-2)),
    "mH": Unit(1e-3, _dimension(kg=1, m=2, s=-2, A=-2)),
    "uH": Unit(1e-6, _dimension(kg=1, m=2, s=-2, A=-2)),
    "K": Unit(1.0, _dimension(K=1)),
    "T": Unit(1.0, _dimension(kg=1, s=-2, A=-1)),
    "piece": Unit(1.0, _dimension(piece=1)),
    "pieces": Unit(1.0, _dimension(piece=1)),
    "cars": Unit(1.0, _dimension(piece=1)),
    "money": Unit(1.0, _dimension(money=1)),
}
for _currency in CURRENCIES:
    _ATOMS[_currency] = Unit(1.0, ((_currency, 1),))
    _ATOMS["k" + _currency] = Unit(1e3, ((_currency, 1),))
    _ATOMS["M" + _currency] = Unit(1e6, ((_currency, 1),))

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_TOKEN = re.compile(r"\s*(?:([A-Za-z]+|%|1)|(\^-?\d+)|([*/()]))")


@cache
def unit(text: str) -> Unit:
    """The unit that `text` names: atoms joined by `*` and `/`, with integer powers `^2` and brackets.

    Raises UnitError when an atom is unknown or the expression cannot be read.
    """
    tokens: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnitError(f"cannot read the unit {text!r}; write it like 'kW', 'N*s/m' or 'EUR/kWh'")
        tokens.append(match.group(0).strip())
        position = match.end()
    value, rest = _product(tokens, text)
    if rest:
        raise UnitError(f"cannot read the unit {text!r} from {rest[0]!r} on")
    return value


def _product(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    value, tokens = _power(tokens, text)
    while tokens and tokens[0] in "*/":
        sign = 1 if tokens[0] == "*" else -1
        other, tokens = _power(tokens[1:], text)
        value = _combine(value, other, sign)
    return value, tokens


def _power(tokens: list[str], text: str) -> tuple[Unit, list[str]]:
    if not tokens:
        raise UnitError(f"the unit {text!r} ends too early")
    head, tokens = tokens[0], tokens[1:]
    if head == "(":
        value, tokens = _product(tokens, text)
        if not tokens or tokens[0] != ")":
            raise UnitError(f"the unit {text!r} has an open bracket")
        tokens = tokens[1:]
    elif head in _ATOMS:
        value = _ATOMS[head]
    else:
        raise UnitError(f"unknown unit {head!r}; known are {', '.join(sorted(_ATOMS))}")
    if tokens and tokens[0].startswith("^"):
        power = int(tokens[0][1:])
        value = Unit(value.factor**power, tuple((name, exponent * power) for name, exponent in value.dimension))
        tokens = tokens[1:]
    return value, tokens


def _combine(left: Unit, right: Unit, sign: int) -> Unit:
    powers = dict(left.dimension)
    for name, exponent in right.dimension:
        powers[name] = powers.get(name, 0) + sign * exponent
    return Unit(left.factor * right.factor**sign, _dimension(**powers))


def parse_quantity(text: str, wanted: str, rates: Mapping[str, float] | None = None) -> float:
    """Read `text` and return its number in the unit `wanted`.

    `wanted` may contain `money`: then any currency is accepted that `rates` (size of one unit of it in the programme's currency) knows.
    Raises UnitError when there is no single number, when the unit is missing or unknown, or when its dimension is not that of `wanted`.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise UnitError(f"cannot read {text!r} as a number with a unit; write it like '{_example(wanted)}'")
    number, symbol = float(match.group(1)), match.group(2)
    target = unit(wanted)
    if not symbol:
        if target.dimension:
            raise UnitError(f"give the unit, for example '{match.group(1)} {_example(wanted).split(maxsplit=1)[1]}'")
        return number / target.factor
    if symbol[0].isdigit() or symbol[0] in ",.'":
        raise UnitError(f"cannot read {text!r}: write the number without grouping and with a decimal point")
    given = unit(symbol)
    factor, dimension = given.factor, given.dimension
    if any(name == "money" for name, _ in target.dimension):
        factor, dimension = _to_programme_currency(given, rates or {})
    if dimension != target.dimension:
        raise UnitError(
            f"{text!r} is not a quantity in {_example(wanted).split(maxsplit=1)[-1]}: the dimension differs"
        )
    return number * factor / target.factor


def _to_programme_currency(given: Unit, rates: Mapping[str, float]) -> tuple[float, Dimension]:
    powers: dict[str, int] = {}
    factor = given.factor
    for name, exponent in given.dimension:
        if name in CURRENCIES:
            if name not in rates:
                raise UnitError(f"no exchange rate for {name}; state it under `exchange:` in programme.yaml")
            factor *= rates[name] ** exponent
            name = "money"
        powers[name] = powers.get(name, 0) + exponent
    return factor, _dimension(**powers)


def _example(wanted: str) -> str:
    return f"12.3 {wanted.replace('money', 'EUR')}" if wanted != "1" else "0.5 or 50 %"
