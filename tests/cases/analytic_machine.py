"""A machine whose field is known in closed form, to hold tables and control against.

Saturation follows the equivalent isotropic machine: one magnetising current ``a_m = sqrt((a_d + a_e)^2 + gamma a_q^2)`` drives one
saturating main flux, and both axes share it, so that the flux linkages are the gradient of one co-energy [Stumper and Kennel 2014;
Jadric, Borojevic and Jadric 2000, for the idea of the equivalent isotropic machine]. ``a_e`` is the excitation in stator ampere-turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.flux_map.flux_map import FluxMap, LossTerm
from halfshaft.drive_unit.magnetic_table import CurrentRange

Array = NDArray[np.float64]
_BISECTIONS = 60


@dataclass(frozen=True)
class AnalyticMachine:
    """A ``MagneticModel`` per metre and turn: hysteresis and eddy loss grow with the square of the stator flux linkage.

    ``ratio`` is the stator ampere-turns that one field ampere-turn of a pole is worth, ``magnet_mmf_a`` those of magnets.
    """

    pole_pairs: int
    saturation_flux_linkage_wb_per_m: float
    unsaturated_inductance_h_per_m: float
    saliency_ratio: float
    leakage_inductance_h_per_m: float
    saturation_exponent: float
    hysteresis_coefficient: float
    eddy_coefficient: float
    ratio: float
    magnet_mmf_a: float
    current_range: CurrentRange
    end_winding_inductance_h: float = 0.0

    loss_terms = (("stator_iron", 1.0), ("rotor_iron", 2.0))
    winding_temperature_k = 293.15

    def clamped(self, a_d: Array, a_q: Array, a_f: Array) -> tuple[Array, Array, Array]:
        """Flux linkages and loss sums."""
        at = self.current_range
        a_d = np.clip(a_d, *at.a_d)
        a_q = np.clip(a_q, -at.a_q, at.a_q)
        a_x = a_d + self.ratio * np.clip(a_f, *at.a_f) + self.magnet_mmf_a
        a_m = np.sqrt(a_x * a_x + self.saliency_ratio * a_q * a_q)
        n = self.saturation_exponent
        knee = self.unsaturated_inductance_h_per_m / self.saturation_flux_linkage_wb_per_m
        permeance = self.unsaturated_inductance_h_per_m * (1.0 + (knee * a_m) ** n) ** (-1.0 / n)
        flux_d = self.leakage_inductance_h_per_m * a_d + permeance * a_x
        flux_q = (self.leakage_inductance_h_per_m + self.saliency_ratio * permeance) * a_q
        square = flux_d**2 + flux_q**2
        return flux_d, flux_q, np.stack([self.hysteresis_coefficient * square, self.eddy_coefficient * square])

    def torque_nm_per_m(self, a_d: Array, a_q: Array, a_f: Array) -> Array:
        """Torque per metre."""
        flux_d, flux_q, _ = self.clamped(a_d, a_q, a_f)
        torque: Array = 1.5 * self.pole_pairs * (flux_d * a_q - flux_q * np.clip(a_d, *self.current_range.a_d))
        return torque

    def clamped_for_torque(
        self, torque_nm_per_m: Array, a_d: Array, a_f: Array, largest_a: float
    ) -> tuple[Array, Array, Array, Array]:
        """By bisection, since here torque grows with a_q wherever it is positive."""
        torque, a_d, a_f = np.broadcast_arrays(torque_nm_per_m, a_d, a_f)
        top = min(largest_a, self.current_range.a_q)
        low, high = np.zeros(torque.shape), np.full(torque.shape, top)
        reachable = (torque <= 0.0) | (self.torque_nm_per_m(a_d, high, a_f) >= torque)
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            short = self.torque_nm_per_m(a_d, middle, a_f) < torque
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        a_q = np.where(torque <= 0.0, 0.0, np.where(reachable, high, largest_a))
        return a_q, *self.clamped(a_d, a_q, a_f)

    def flux_map(
        self, nodes: tuple[int, int, int], *, series_turns: float, stack_length_m: float, field_turns_per_pole: float
    ) -> FluxMap:
        """What a computed map of this machine would hold, for one winding and length."""
        at = self.current_range
        a_d, a_q, a_f = (
            np.linspace(*at.a_d, nodes[0]),
            np.linspace(0.0, at.a_q, nodes[1]),
            np.linspace(*at.a_f, nodes[2]),
        )
        d, q, f = np.meshgrid(a_d, a_q, a_f, indexing="ij")
        flux_d, flux_q, sums = self.clamped(d, q, f)
        scale = series_turns * stack_length_m
        torque = 1.5 * self.pole_pairs * stack_length_m * (flux_d * q - flux_q * d)
        return FluxMap(
            machine="analytic",
            pole_pairs=self.pole_pairs,
            i_d_a=a_d / series_turns,
            i_q_a=a_q / series_turns,
            i_f_a=a_f / field_turns_per_pole if field_turns_per_pole else a_f,
            psi_d_wb=scale * flux_d,
            psi_q_wb=scale * flux_q,
            psi_f_wb=np.zeros(d.shape),
            torque_nm=torque,
            inductance_h=None,
            loss_terms=(
                LossTerm("stator_teeth", "hysteresis", 1.0, 0.7 * stack_length_m * sums[0]),
                LossTerm("stator_yoke", "hysteresis", 1.0, 0.3 * stack_length_m * sums[0]),
                LossTerm("rotor", "eddy", 2.0, stack_length_m * sums[1]),
            ),
            end_winding_inductance_h=self.end_winding_inductance_h * series_turns**2,
            stator_resistance_ohm_20c=0.0,
            field_resistance_ohm_20c=0.0,
            stack_length_m=stack_length_m,
            series_turns=series_turns,
            parallel_paths=1,
            field_turns_per_pole=field_turns_per_pole,
            magnet_temperature_c=20.0,
            provenance={},
        )


# What two machines of an earlier level were fitted to: their figures only have to be those of a machine that could be built.
EESM = AnalyticMachine(
    pole_pairs=3,
    saturation_flux_linkage_wb_per_m=0.05022,
    unsaturated_inductance_h_per_m=7.251e-6,
    saliency_ratio=0.6,
    leakage_inductance_h_per_m=7e-7,
    saturation_exponent=4.0,
    hysteresis_coefficient=4426.0,
    eddy_coefficient=7.283,
    ratio=2.856,
    magnet_mmf_a=0.0,
    current_range=CurrentRange((-20500.0, 10000.0), 20500.0, (0.0, 5622.0)),
)
IPM = AnalyticMachine(
    pole_pairs=4,
    saturation_flux_linkage_wb_per_m=0.03631,
    unsaturated_inductance_h_per_m=6e-6,
    saliency_ratio=2.5,
    leakage_inductance_h_per_m=5e-7,
    saturation_exponent=1.5,
    hysteresis_coefficient=10620.0,
    eddy_coefficient=17.48,
    ratio=0.0,
    magnet_mmf_a=8263.0,
    current_range=CurrentRange((-10500.0, 2000.0), 10500.0, (0.0, 0.0)),
)
