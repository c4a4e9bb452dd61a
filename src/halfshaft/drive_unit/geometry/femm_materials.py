"""Materials of FEMM documents as steels, magnets and conductors.

A magnet there is a coercive field strength: its remanence is mu_0 mu_r H_c, or, where it has a curve, the curve's value at H_c, from
which the straight line is taken. Steel has no loss data, and its stacking factor is the lamination fill.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from halfshaft.drive_unit.geometry.design import RoundWire, Wire
from halfshaft.drive_unit.geometry.femm_document import FemmBlock
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel
from halfshaft.drive_unit.geometry.region_materials import magnetisation_curve

MU_0 = 4e-7 * np.pi
LARGEST_MU_R = 1e5
SMALLEST_IRON_MU_R = 10.0
LINE_SHARE = 0.5  # the straight line of a curved magnet runs from H_c down to this share of it
_COPPER = re.compile(r"copper|\bcu\b|awg|swg|coil|wind|wire|litz|alumin|rame|kupfer|cuivre", re.IGNORECASE)


def is_magnet(block: FemmBlock) -> bool:
    """Whether a block is a permanent magnet."""
    return abs(block.h_c) > 0.0


def is_iron(block: FemmBlock) -> bool:
    """Whether a block is magnetic without being a magnet."""
    return not is_magnet(block) and (len(block.bh) > 0 or block.mu_x > SMALLEST_IRON_MU_R)


def looks_like_copper(block: FemmBlock) -> bool:
    """Whether a block's name or wire type is that of a winding."""
    return not is_magnet(block) and not is_iron(block) and (block.lam_type >= 3 or bool(_COPPER.search(block.name)))


def steel_of(block: FemmBlock, file: str, notes: list[str]) -> Steel:
    """The steel in a block."""
    steel = Steel(
        block.name,
        (),
        (),
        resistivity_ohm_m=1e-6 / block.sigma if block.sigma > 0.0 else 0.0,
        lamination_thickness_m=1e-3 * block.d_lam,
        source=f"{file}, material {block.name}",
    )
    notes.append(f"{block.name}: a FEMM document holds no loss data; its iron loss is unknown")
    try:
        points = magnetisation_curve(block.name, [(h, b) for b, h in block.bh], notes)
    except ValueError:
        mu_r = block.mu_x
        usable = [(b, h) for b, h in block.bh if b > 0.0 and h > 0.0]
        if usable:
            mu_r = usable[0][0] / (MU_0 * usable[0][1])
        mu_r = float(min(max(mu_r, 1.0), LARGEST_MU_R))
        notes.append(f"{block.name}: no magnetisation curve; taken as linear with a relative permeability of {mu_r:g}")
        return replace(steel, mu_r=mu_r)
    return replace(steel, h_a_per_m=tuple(h for h, _ in points), b_t=tuple(b for _, b in points))


def magnet_of(block: FemmBlock, file: str, notes: list[str]) -> Magnet:
    """The magnet in a block, its demagnetisation curve straightened."""
    h_c = abs(block.h_c)
    mu_r, remanence = max(block.mu_x, 1.0), MU_0 * block.mu_x * h_c
    if len(block.bh) >= 2:
        b, h = np.array(sorted(block.bh)).T
        remanence = float(np.interp(h_c, h, b))
        mu_r = float((remanence - np.interp(LINE_SHARE * h_c, h, b)) / ((1.0 - LINE_SHARE) * h_c * MU_0))
        mu_r = min(max(mu_r, 1.0), 5.0)
        notes.append(
            f"{block.name}: its curved demagnetisation line was replaced by a straight one: {remanence:.4g} T, mu_r {mu_r:.4g}"
        )
    return Magnet(
        block.name,
        remanence,
        mu_r,
        resistivity_ohm_m=1e-6 / block.sigma if block.sigma > 0.0 else 0.0,
        source=f"{file}, material {block.name}; remanence at the temperature of the file",
    )


def conductor_of(block: FemmBlock, file: str, notes: list[str]) -> Conductor:
    """The metal of a winding; copper's temperature coefficient, which such files do not hold."""
    if block.sigma <= 0.0:
        notes.append(f"{block.name}: no conductivity; annealed copper taken (IEC 60028)")
        return Conductor(block.name)
    return Conductor(block.name, 1e-6 / block.sigma, source=f"{file}, material {block.name}")


def wire_of(block: FemmBlock) -> Wire | None:
    """Round wire, where the block is a kind of it (magnet wire, stranded, litz, square is none)."""
    if block.lam_type in (3, 4, 5) and block.wire_d > 0.0:
        return RoundWire(1e-3 * block.wire_d, max(block.n_strands, 1))
    return None
