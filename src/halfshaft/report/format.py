"""Numbers and demands as a reader wants them: few digits, true minus signs, ordered intervals, and the full value within reach.

Rounding is for the eye only. Whatever is rounded keeps its full value in the cell's title, so that every figure can be found in the
document. Money shows at most four significant digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from halfshaft.report.blocks import Cell

NO_NUMBER = "–"
_SIGNIFICANT = 4
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
_RELATIONS = {"at_least": "≥", "at_most": "≤", "equal": "=", "equal_to": "="}
_QUANTITIES = {
    "acceleration_0_100": "0–100 km/h",
    "top_speed": "top speed",
    "gradeability": "gradeability",
    "wltp_consumption": "WLTP consumption (AC)",
    "continuous_power": "continuous power",
    "unit_length": "unit length",
    "unit_diameter": "unit diameter",
    "unit_mass": "unit mass",
    "rare_earth_mass": "rare-earth mass",
    "voltage_class": "voltage class",
    "cycle": "drives the WLTC 3b cycle",
}


def is_number(value: Any) -> bool:
    """Whether `value` is a finite number; documents hold None where a figure does not exist."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def currency_symbol(code: str) -> str:
    """The sign of a currency, or its code where it has no sign here."""
    return _SYMBOLS.get(code, code)


def fixed(value: Any, decimals: int) -> str:
    """A number with thousands separators and a true minus sign, at most four significant digits before the point."""
    if not is_number(value):
        return NO_NUMBER
    number = float(value)
    excess = len(str(int(abs(number)))) - _SIGNIFICANT
    if decimals == 0 and excess > 0:
        number = round(number, -excess)
    text = f"{number:,.{decimals}f}"
    if text.lstrip("-").strip("0.,") == "":
        text = text.lstrip("-")
    return text.replace("-", "−")


def money_decimals(values: Iterable[Any]) -> int:
    """The decimals that a column of money shares, chosen by its largest entry."""
    largest = max((abs(float(v)) for v in values if is_number(v)), default=0.0)
    return 0 if largest >= 200 else 1 if largest >= 10 else 2


def money(value: Any, decimals: int | None = None) -> str:
    """Money, or the dash where there is none."""
    return fixed(value, money_decimals([value]) if decimals is None else decimals)


def count(value: Any) -> str:
    """A whole number with all its digits: pieces, lines, years of output."""
    return f"{round(value):,}".replace("-", "−") if is_number(value) else NO_NUMBER


def interval(bounds: Mapping[str, Any], decimals: int | None = None) -> str:
    """An ordered interval, "1,234 – 1,301", or "−3 to 2" where a dash would clash with the sign; both ends share their decimals."""
    low, high = bounds["low"], bounds["high"]
    shared = money_decimals([low, high]) if decimals is None else decimals
    left, right = fixed(low, shared), fixed(high, shared)
    return f"{left} to {right}" if "−" in left + right else f"{left} – {right}"


def percent_decimals(values: Iterable[Any]) -> int:
    """Two decimals where all entries are below one percent, else one."""
    largest = max((abs(float(v)) for v in values if is_number(v)), default=0.0)
    return 2 if largest < 1.0 else 1


def percent(value: Any) -> str:
    """A percentage without its sign, with one or two digits after the point."""
    return fixed(value, percent_decimals([value]))


def percent_interval(bounds: Mapping[str, Any]) -> str:
    """An interval of percentages, without the sign."""
    return interval(bounds, percent_decimals([bounds["low"], bounds["high"]]))


def quantity(value: Any) -> str:
    """A technical figure with up to four significant digits and no idle zeros: 5.7, 134, 0.85."""
    if not is_number(value):
        return NO_NUMBER
    number = float(value)
    if number == 0.0:
        return "0"
    places = max(0, _SIGNIFICANT - 1 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{min(places, 6)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def duration(seconds: Any) -> str:
    """Seconds below two minutes, else minutes and seconds."""
    if not is_number(seconds):
        return NO_NUMBER
    if seconds < 120.0:
        return f"{fixed(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def full_value(value: Any) -> str:
    """The value as the document holds it."""
    if not is_number(value):
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value!r}"


def number_cell(value: Any, text: str, *, partner: str = "", style: str = "") -> Cell:
    """A cell whose title holds the full value wherever the text does not."""
    full = full_value(value)
    return Cell(text, full if full != text else "", style=style, partner=partner)


def money_cell(value: Any, decimals: int | None = None, *, style: str = "") -> Cell:
    """A cell of money."""
    return number_cell(value, money(value, decimals), style=style)


def count_cell(value: Any) -> Cell:
    """A cell of whole pieces."""
    return number_cell(value, count(value))


def percent_cell(value: Any, decimals: int | None = None) -> Cell:
    """A cell of percent."""
    return number_cell(value, percent(value) if decimals is None else fixed(value, decimals))


def fixed_cell(value: Any, decimals: int) -> Cell:
    """A cell with a set number of decimals, for columns of one technical quantity."""
    return number_cell(value, fixed(value, decimals))


def interval_cell(bounds: Mapping[str, Any], decimals: int | None = None) -> Cell:
    """A cell with an interval of money."""
    return Cell(interval(bounds, decimals), f"{full_value(bounds['low'])} – {full_value(bounds['high'])}")


def percent_interval_cell(bounds: Mapping[str, Any]) -> Cell:
    """A cell with an interval of percent."""
    return Cell(percent_interval(bounds), f"{full_value(bounds['low'])} – {full_value(bounds['high'])}")


def quantity_name(name: str) -> str:
    """A demanded quantity in words."""
    return _QUANTITIES.get(name, name.replace("_", " "))


def demand_text(demand: Mapping[str, Any]) -> str:
    """What a demand asks: "top speed ≥ 190 km/h (front)"."""
    name = quantity_name(demand["quantity"])
    if not is_number(demand.get("value")):
        return name
    relation = _RELATIONS.get(demand["relation"], demand["relation"])
    axle = f" ({demand['axle']})" if demand.get("axle") else ""
    return f"{name} {relation} {quantity(demand['value'])} {demand.get('unit', '')}".rstrip() + axle


def join(words: Iterable[str], last: str = "and") -> str:
    """Words as a sentence lists them."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def plural(number: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 unit", "4 units"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def year_ranges(years: Iterable[int]) -> str:
    """Years as runs, "2027–2029, 2031"; a dash where there is none."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs) or NO_NUMBER


def apart(first: Any, second: Any) -> tuple[str, str]:
    """Two figures with the fewest decimals that tell them apart, the first rounded away from the second.

    For "if it were 5.9 s instead of 5.7 s": the rounded first figure must still suffice.
    """
    if not (is_number(first) and is_number(second)):
        return quantity(first), quantity(second)
    a, b = float(first), float(second)
    for decimals in range(7):
        scale = 10.0**decimals
        away = (math.ceil(a * scale - 1e-9) if a > b else math.floor(a * scale + 1e-9)) / scale
        # The demand itself must be shown as it stands, not rounded.
        if math.isclose(round(b, decimals), b, rel_tol=1e-9, abs_tol=1e-12) and away != round(b, decimals):
            coarse = abs(away - a) > 0.25 * abs(a - b)
            if not coarse or decimals >= 3:
                return fixed(away, decimals), quantity(b)
    return quantity(a), quantity(b)
