"""Balanced three-phase windings laid out by the star of slots, for drawings that show copper and do not say how it is wound.

Each slot's electrical angle puts it into one of six belts of 60 degrees, A, -C, B, -A, C, -B. The belt says which coil starts there; in
a two-layer winding the other layer holds the return sides of the coils that started one coil pitch before.
"""

from __future__ import annotations

from math import gcd

BELTS = ((0, 1), (2, -1), (1, 1), (0, -1), (2, 1), (1, -1))


def belt(slot: int, slots: int, pole_pairs: int) -> tuple[int, int]:
    """Phase and sign of the coil side that starts in a slot."""
    share = slot * pole_pairs % slots
    return BELTS[6 * share // slots]


def balanced(slots: int, pole_pairs: int) -> bool:
    """Whether the star of slots has three equal phases."""
    return slots % (3 * gcd(slots, pole_pairs)) == 0


def sides(slot: int, layers: int, slots: int, pole_pairs: int, pitch: int) -> list[tuple[int, int]]:
    """Phase and sign of each layer of a slot, from the first layer on: starts and returns in turn."""
    starts = belt(slot, slots, pole_pairs)
    phase, sign = belt(slot - pitch, slots, pole_pairs)
    returns = (phase, -sign)
    return [returns if layer % 2 else starts for layer in range(layers)]
