"""A machine as a thermal network: eight nodes between its losses and the coolant, made from its dimensions.

Copper in the slots and in the end turns, teeth, yoke, the rotor's conductors (winding or magnets), its iron, the shaft, and the housing;
the coolant is the ground. Air of the end spaces and coolant have no capacity: they are meeting points that are eliminated. Conductances
follow from lengths, areas and conductivities [Mellor, Roberts and Turner 1991, IEE Proc. B 138(5), for the kind of network], films and
contacts from the kit's ``Cooling``; ``build`` says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from halfshaft.drive_unit.machine import COPPER_TEMPERATURE_COEFFICIENT_PER_K, Machine

Array = NDArray[np.float64]

NODES = ("slot_winding", "end_winding", "teeth", "yoke", "rotor_conductor", "rotor_iron", "shaft", "housing")
SLOT, END, TEETH, YOKE, CONDUCTOR, ROTOR, SHAFT, HOUSING = range(8)

# Air at about 100 degC.
AIR_W_PER_MK, AIR_M2_PER_S = 0.031, 2.3e-5
_REFERENCE_K = 293.15


@dataclass(frozen=True)
class Exciter:
    """What of the excitation's loss is the rotor's copper: brushes drop ``brush_drop_v``, and all passes an exciter of ``efficiency``.

    The resistance is that at the network's reference temperature.
    """

    brush_drop_v: float
    resistance_ohm: float
    efficiency: float

    def rotor_copper_w(self, loss_w: Array) -> Array:
        """Copper's part: with efficiency P = (V + R i) i, what remains after the brushes' V i."""
        fed = self.efficiency * loss_w
        voltage = 0.5 * (self.brush_drop_v + np.sqrt(self.brush_drop_v**2 + 4.0 * self.resistance_ohm * fed))
        current = fed / np.maximum(voltage, 1e-12)  # zero over zero where nothing is fed
        copper: Array = self.resistance_ohm * current**2
        return copper


@dataclass(frozen=True, eq=False)
class ThermalNetwork:
    """Heat capacities (8,) in J/K and conductances in W/K of the nodes ``NODES``.

    ``between`` (8, 8) is symmetric with an empty diagonal; ``to_coolant`` (8,) leads to the coolant, which comes in at ``coolant_k`` and
    takes up ``coolant_w_per_k`` for each kelvin that its mean stands above. What the rotor's speed changes, films of the air gap and of
    the areas ``air_area_m2`` (8,) that the end spaces' air sweeps, is added by ``conductance``. ``limit_k`` (8,) is infinite where nothing
    is at risk. ``reference_k`` is the windings' temperature in the losses that the network is given, ``start_k`` what time-limited ratings
    begin with, ``end_share`` the end turns' share of the stator winding's length.
    """

    machine: Machine
    capacity_j_per_k: Array
    between: Array
    to_coolant: Array
    coolant_w_per_k: float
    coolant_k: float
    limit_k: Array
    reference_k: float
    start_k: float
    end_share: float
    rotor_radius_m: float
    gap_m: float
    air_area_m2: Array
    still_air_w_per_m2k: float
    stirred_air_w_s_per_m3k: float
    exciter: Exciter | None

    def gap_w_per_k(self, speed_rad_per_s: ArrayLike) -> Array:
        """Conductance of the air gap, stator to rotor, at speeds of any shape.

        Nusselt number over twice the gap: 2 (conduction) below a Taylor number of 1,740, then 0.128 Ta^0.367, from 10^4 on
        0.409 Ta^0.241 [Becker and Kaye 1962, J. Heat Transfer 84], where Ta = omega^2 r gap^3 / nu^2; its geometry factor is taken as 1.
        """
        omega = np.asarray(speed_rad_per_s, dtype=float)
        taylor = np.maximum(omega**2 * self.rotor_radius_m * self.gap_m**3 / AIR_M2_PER_S**2, 1.0)
        vortices = np.where(taylor < 1e4, 0.128 * taylor**0.367, 0.409 * taylor**0.241)
        nusselt = np.where(taylor > 1740.0, np.maximum(vortices, 2.0), 2.0)
        area_m2 = 2.0 * np.pi * self.rotor_radius_m * self.machine.stack_length_m
        conductance: Array = nusselt * AIR_W_PER_MK / (2.0 * self.gap_m) * area_m2
        return conductance

    def air_film_w_per_m2k(self, speed_rad_per_s: ArrayLike) -> Array:
        """Film of the end spaces' air: linear in the rotor's surface speed."""
        surface_mps = np.abs(np.asarray(speed_rad_per_s, dtype=float)) * self.rotor_radius_m
        film: Array = self.still_air_w_per_m2k + self.stirred_air_w_s_per_m3k * surface_mps
        return film

    def links(self, speed_rad_per_s: Array) -> tuple[Array, Array]:
        """Conductances between nodes (n, 8, 8), symmetric, and from each to the coolant that comes in (8,), at speeds (n,)."""
        share = 1.0 / (1.0 + self.to_coolant.sum() / self.coolant_w_per_k)
        inflow = share * self.to_coolant
        air = self.air_film_w_per_m2k(speed_rad_per_s)[:, None] * self.air_area_m2
        through_air = air[:, :, None] * air[:, None, :] / air.sum(axis=1)[:, None, None]
        through_coolant = np.outer(self.to_coolant, self.to_coolant) * (share / self.coolant_w_per_k)
        links = self.between + through_air + through_coolant
        gap = self.gap_w_per_k(speed_rad_per_s)
        links[:, TEETH, ROTOR] += gap
        links[:, ROTOR, TEETH] += gap
        index = np.arange(8)
        links[:, index, index] = 0.0
        return links, inflow

    def conductance(self, speed_rad_per_s: Array) -> Array:
        """(n, 8, 8) matrices G at speeds (n,): heat that leaves node i is (G T)_i with temperatures over the incoming coolant."""
        links, inflow = self.links(speed_rad_per_s)
        index = np.arange(8)
        matrix = -links
        matrix[:, index, index] = links.sum(axis=2) + inflow
        return matrix

    def heat(self, loss_w: Mapping[str, Array], speed_rad_per_s: Array) -> tuple[Array, Array]:
        """(..., 8) heat that does not depend on temperature, and heat at ``reference_k`` that grows as copper's resistance does.

        From losses by part at speeds; the sum is the heat at ``reference_k``. Alternating current's extra loss arises in the slots; made
        by eddies, it falls with resistance as much as the rest grows, which to first order is twice itself less itself growing. Of the
        stator's iron loss teeth and yoke have shares like their masses. Bearings and windage warm shaft and rotor iron. What the exciter
        and the inverter lose stays outside.
        """
        shape = np.broadcast_shapes(np.shape(loss_w["stator_copper"]), np.shape(speed_rad_per_s))
        fixed, copper = np.zeros((*shape, 8)), np.zeros((*shape, 8))
        direct = loss_w["stator_copper"] / self._alternating_current_factor(speed_rad_per_s)
        eddies = loss_w["stator_copper"] - direct
        copper[..., SLOT] = (1.0 - self.end_share) * direct - eddies
        copper[..., END] = self.end_share * direct
        fixed[..., SLOT] = 2.0 * eddies
        if self.exciter is not None:
            copper[..., CONDUCTOR] = self.exciter.rotor_copper_w(loss_w["excitation"])
        teeth = self.capacity_j_per_k[TEETH] / (self.capacity_j_per_k[TEETH] + self.capacity_j_per_k[YOKE])
        fixed[..., TEETH] = teeth * loss_w["stator_iron"]
        fixed[..., YOKE] = (1.0 - teeth) * loss_w["stator_iron"]
        fixed[..., CONDUCTOR] = loss_w["magnets"]
        fixed[..., ROTOR] = loss_w["rotor_iron"] + 0.5 * loss_w["mechanical"]
        fixed[..., SHAFT] = 0.5 * loss_w["mechanical"]
        return fixed, copper

    def _alternating_current_factor(self, speed_rad_per_s: Array) -> Array:
        frequency_hz = self.machine.lamination.pole_pairs * np.abs(speed_rad_per_s) / (2.0 * np.pi)
        return self.machine.alternating_current_factor(frequency_hz, self.reference_k)

    @property
    def copper_rise_per_k(self) -> float:
        """Rise of the copper's resistance over that at the reference temperature, per kelvin."""
        alpha = COPPER_TEMPERATURE_COEFFICIENT_PER_K
        return alpha / (1.0 + alpha * (self.reference_k - _REFERENCE_K))
