"""Where the coils of a balanced three-phase winding lie: phase and sense of every slot and layer.

Only integer-slot windings: the number of slots per pole and phase is whole, so that one pole of the machine repeats with alternating sign.
A coil goes out in the outer layer of a pair (towards the slot's bottom) and comes back in the inner layer, one coil pitch on; more than
two layers are pairs on top of each other, as hairpins lie. Phases follow each other A, -C, B, -A, C, -B counter-clockwise, so positive
sequence currents turn the field counter-clockwise.

Winding factors after Pyrhönen, Jokinen and Hrabovcová (2014), Design of Rotating Electrical Machines, section 2.5.
"""

from __future__ import annotations

from cmath import exp
from dataclasses import dataclass
from math import pi, sin

from halfshaft.drive_unit.geometry.design import PHASES
from halfshaft.drive_unit.geometry.parameter import require

# Phase and sense of the six belts of one pole pair, counter-clockwise.
_BELTS = ((0, 1), (2, -1), (1, 1), (0, -1), (2, 1), (1, -1))


@dataclass(frozen=True)
class CoilSide:
    """Phase (0, 1, 2) and sense: +1 where the phase's positive current comes out of the plane."""

    phase: int
    sign: int


@dataclass(frozen=True)
class WindingLayout:
    """A winding by its counts. Raises ParameterError where they make no balanced integer-slot winding."""

    slots: int
    pole_pairs: int
    layers: int
    coil_pitch_slots: int

    def __post_init__(self) -> None:
        poles = 2 * self.pole_pairs
        require(self.pole_pairs >= 1, "pole_pairs", self.pole_pairs, "a machine has at least one pole pair")
        belt = PHASES * poles
        nearest = max(belt, round(self.slots / belt) * belt)
        require(
            self.slots >= belt and self.slots % belt == 0,
            "slots",
            self.slots,
            f"with {poles} poles it must be a multiple of {belt} (whole slots per pole and phase), for example {nearest}; "
            "fractional-slot windings are not drawn",
        )
        require(self.layers >= 1, "layers", self.layers, "a slot holds at least one layer")
        full = self.slots_per_pole
        require(
            full - self.slots_per_pole_and_phase <= self.coil_pitch_slots <= full + self.slots_per_pole_and_phase,
            "coil_pitch_slots",
            self.coil_pitch_slots,
            f"the pole pitch is {full} slots; a coil may differ from it by at most {self.slots_per_pole_and_phase}",
        )
        require(
            self.coil_pitch_slots == full or self.layers % 2 == 0,
            "coil_pitch_slots",
            self.coil_pitch_slots,
            f"a short pitch needs an even number of layers, not {self.layers}; full pitch is {full} slots",
        )

    @property
    def slots_per_pole(self) -> int:
        """The pole pitch in slots."""
        return self.slots // (2 * self.pole_pairs)

    @property
    def slots_per_pole_and_phase(self) -> int:
        """Width of a phase belt in slots."""
        return self.slots_per_pole // PHASES

    def coil_side(self, slot: int, layer: int) -> CoilSide:
        """What lies in a slot, counted counter-clockwise from 0, and a layer, 0 nearest to the bore."""
        returning = self.layers > 1 and layer % 2 == 0
        belt = ((slot - self.coil_pitch_slots if returning else slot) // self.slots_per_pole_and_phase) % len(_BELTS)
        phase, sign = _BELTS[belt]
        return CoilSide(phase, -sign if returning else sign)

    def slot_map(self) -> tuple[tuple[CoilSide, ...], ...]:
        """The coil sides of every slot of the machine, each from the bore outwards."""
        return tuple(tuple(self.coil_side(slot, layer) for layer in range(self.layers)) for slot in range(self.slots))

    def winding_factor(self, harmonic: int = 1) -> float:
        """Distribution times pitch factor for a harmonic of the pole pair, signed: its closed formula."""
        q = self.slots_per_pole_and_phase
        half_slot_rad = harmonic * pi * self.pole_pairs / self.slots
        across = q * sin(half_slot_rad)
        distribution = sin(q * half_slot_rad) / across if abs(across) > 1e-12 else 1.0
        pitch = sin(harmonic * 0.5 * pi * self.coil_pitch_slots / self.slots_per_pole)
        return distribution * pitch

    def winding_factor_of_map(self, harmonic: int = 1) -> float:
        """Size of the sum of phase A's coil-side phasors over their number, from the map itself."""
        phasors = [
            side.sign * exp(1j * harmonic * 2.0 * pi * self.pole_pairs * slot / self.slots)
            for slot, sides in enumerate(self.slot_map())
            for side in sides
            if side.phase == 0
        ]
        return abs(sum(phasors)) / len(phasors)
