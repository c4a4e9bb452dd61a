"""How stiff and how strong the sheets of a rotor are.

Makers guarantee loss and polarisation, seldom strength, and a kit's steel is a magnetisation curve first. The figures here are therefore
assumptions, each with its reason; whoever knows the sheet states it in the options. Strength falls with temperature and differs by some
percent between rolling and transverse direction; neither is modelled.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SheetStrength:
    """Elasticity, taken as isotropic, and the stress at which plastic strain reaches 0.2 %."""

    yield_strength_pa: float
    youngs_modulus_pa: float = (
        200e9  # assumption: between rolling (about 185 GPa) and transverse direction (about 210 GPa)
    )
    poisson_ratio: float = 0.3
    source: str = ""


_HIGH_STRENGTH = (
    "assumption: the lower end of the 400 to 600 MPa that makers guarantee for high-strength traction grades "
    "(Tietz et al. 2013), since a rotor at such speed is made of one"
)
_STANDARD = "assumption: sheets with some 3 % of silicon yield at 350 to 450 MPa, softer ones with less silicon lower"
_SHEETS = {
    "M400-50A": SheetStrength(325e6, source="assumption: a medium grade with less silicon, below 350 MPa"),
    "M19_29Ga": SheetStrength(350e6, source=_STANDARD),
    "M270-35A": SheetStrength(400e6, source=_STANDARD),
    "HF-10X": SheetStrength(400e6, source=_HIGH_STRENGTH),
    "NO18-1160": SheetStrength(400e6, source=_HIGH_STRENGTH),
}
_UNKNOWN = SheetStrength(350e6, source="assumption: a standard grade, since nothing is known of this sheet")


def strength_of(steel: str) -> SheetStrength:
    """Strength of a sheet by the steel's name; a standard grade's where the name is not known."""
    return _SHEETS.get(steel, _UNKNOWN)
