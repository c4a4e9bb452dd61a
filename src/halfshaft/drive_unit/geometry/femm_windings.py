"""Which circuit is which phase, and how many poles a drawing has: read from names, turns and places.

Circuits of one phase share a name up to a mark of sign, `A+` and `A-`, `fase1` and `fase1n`; three names are three phases in their
alphabetical order, whatever they are. The number of poles follows from the order of the largest harmonic of what the rotor carries,
among those that the sector's boundary allows.
"""

from __future__ import annotations

import re
from cmath import exp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi

from halfshaft.drive_unit.geometry.design import PHASES

MOST_POLE_PAIRS = 60
_MINUS = re.compile(r"^(?P<base>.*?)[\s_]*(?:-|−|'|neg|(?<=\d)n|_n|minus|_out|(?<=[_\s])ret(?:urn)?)$", re.IGNORECASE)
_PLUS = re.compile(r"^(?P<base>.*?)[\s_]*(?:\+|pos|(?<=\d)p|_p|plus|_in|(?<=[_\s])go)$", re.IGNORECASE)


@dataclass(frozen=True)
class PhaseSide:
    """What a circuit is: its phase (0, 1, 2) and the sign of its current against the phase's."""

    phase: int
    sign: int


def names_a_phase(name: str) -> bool:
    """Whether a material's name is one letter of a phase, with or without a mark of sign."""
    return bool(re.fullmatch(r"(?:ph(?:ase)?|fase|coil)?[\s_-]*[abcuvwrst][\s_]*[+-]?", name.strip(), re.IGNORECASE))


def base_and_sign(name: str) -> tuple[str, int]:
    """A circuit's name without its mark of sign, and the sign."""
    text = name.strip()
    if text.startswith(("-", "+")) and len(text) > 1:
        return text[1:].strip().lower(), -1 if text[0] == "-" else 1
    minus, plus = _MINUS.match(text), _PLUS.match(text)
    if minus and minus["base"]:
        return minus["base"].lower(), -1
    if plus and plus["base"]:
        return plus["base"].lower(), 1
    return text.lower(), 1


def phases_of(
    names: Sequence[str], turns: Mapping[str, Sequence[float]], amps: Mapping[str, float]
) -> dict[str, PhaseSide]:
    """The phase and sign of each circuit; empty where the names do not fall into three.

    A circuit marked as negative whose turns are negative too says it twice, unless its current is opposite to its partner's.
    """
    split = {name: base_and_sign(name) for name in names}
    if all(len(name) == 1 for name in names) and any(name.isupper() for name in names):
        # A and a: the small letter is the way back
        split = {name: (base, 1 if name.isupper() else -1) for name, (base, _) in split.items()}
    bases = sorted({base for base, _ in split.values()}, key=_natural)
    if len(bases) != PHASES:
        short = {base: re.sub(r"[\d\s_]+", "", base) for base in bases}
        bases = sorted(set(short.values()))
        if len(bases) != PHASES:
            return {}
        split = {name: (short[base], sign) for name, (base, sign) in split.items()}
    found = {}
    for name, (base, sign) in split.items():
        partner = next((n for n, (b, s) in split.items() if b == base and s == 1), None)
        if sign == -1 and partner is not None and amps.get(name) and amps.get(partner):
            sign = 1 if amps[name] * amps[partner] > 0.0 else -1
        elif sign == -1 and all(count < 0.0 for count in turns.get(name, ())):
            sign = 1
        found[name] = PhaseSide(bases.index(base), sign)
    return found


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def dominant_pole_pairs(
    angles_rad: Sequence[float], weights: Sequence[Sequence[complex]], sectors: int, sign: int | None
) -> int | None:
    """Pole pairs of the largest space harmonic of some sources in one of ``sectors`` sectors; None where all vanish.

    ``weights`` holds one or more sets of source strengths, each as long as ``angles_rad``; harmonics are weighed with the inverse of their
    order, as the field of point sources is. ``sign`` is the boundary's, None where it is not known.
    """
    best, order = 0.0, None
    for pairs in range(1, MOST_POLE_PAIRS + 1):
        if 2 * pairs % sectors:
            continue
        odd = (2 * pairs // sectors) % 2
        if sign is not None and odd != (sign == -1):
            continue
        turned = [exp(-1j * pairs * angle) for angle in angles_rad]
        total = sum(abs(sum(w * t for w, t in zip(row, turned, strict=True))) ** 2 for row in weights) / pairs**2
        if total > best * (1.0 + 1e-9):
            best, order = total, pairs
    scale = sum(abs(w) ** 2 for row in weights for w in row)
    return order if scale > 0.0 and best > 1e-9 * scale else None


def three_phase_weights(phases: Sequence[int], conductors: Sequence[float]) -> list[list[complex]]:
    """Source strengths of a winding fed with balanced currents, for both directions of rotation."""
    turn = exp(2j * pi / PHASES)
    return [[n * turn ** (way * phase) for phase, n in zip(phases, conductors, strict=True)] for way in (1, -1)]
