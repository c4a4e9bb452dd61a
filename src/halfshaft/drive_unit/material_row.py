"""One row of a bill of material: which module it comes with, what it is, what it is of, what it weighs.

A row belongs to the module whose change changes it. With the lamination come the sheets, whose tools are its own, and what is the same at
any length: magnets' shape, end shields, exciter. With the machine comes what its length and turns make: windings, housing, shaft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ModuleKind = Literal["lamination", "machine", "inverter", "gear"]


@dataclass(frozen=True)
class MaterialRow:
    """A component of one material, with the kind and the name of its module."""

    kind: ModuleKind
    module: str
    component: str
    material: str
    mass_kg: float
