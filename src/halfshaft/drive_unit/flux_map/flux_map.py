"""A flux map: flux linkages, torque and losses of one machine over its currents, at one temperature of its magnets.

Currents and flux linkages are peak dq values in amperes and webers (convention 1), d on the rotor's main flux (convention 2); the field
current is direct current. A machine without a field winding has the single field current zero. Values are those of the active length;
the end windings' inductance is kept beside them and added by whoever needs terminal quantities.

Iron loss is kept free of frequency: the loss of one term at electrical frequency f is ``f ** exponent`` times its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LossRegion = Literal["stator_teeth", "stator_yoke", "rotor"]


@dataclass(frozen=True)
class LossTerm:
    """One part of the frequency-dependent loss: P = value * f ** exponent, f electrical, in Hz; value (nd, nq, nf), W s^exponent."""

    region: str
    cause: Literal[
        "hysteresis", "eddy", "excess", "steinmetz", "magnet_eddy", "winding_proximity",
        "cage_current", "cage_harmonics",
    ]  # fmt: skip
    frequency_exponent: float
    value: Array


@dataclass(frozen=True)
class InterpolationError:
    """How far interpolated quantities lie from solved ones, in % of each quantity's range over the map.

    ``method`` "left out": every other node was taken away and asked of the rest, so that spacing was doubled and the map itself is
    better; "probes": the field was solved at ``points`` off the nodes. One entry a quantity.
    """

    method: Literal["left out", "probes"]
    points: int
    quantities: tuple[str, ...]
    largest_percent: tuple[float, ...]
    rms_percent: tuple[float, ...]


@dataclass(frozen=True)
class FluxMap:
    """Grids over (i_d, i_q, i_f); all arrays (nd, nq, nf).

    ``inductance_h`` (nd, nq, nf, 3, 3) are the incremental inductances d(psi_d, psi_q, psi_f)/d(i_d, i_q, i_f), mean over positions;
    dq rows carry the factor of convention 1, so that psi_f's row is 3/2 of psi_d's column. ``loss_terms`` may lie on the same grid only.
    ``provenance`` holds what reproduces the map: design, mesh, order, positions, temperatures, versions. A resistance or end-winding
    inductance is NaN where the design does not tell; end turns are one coil end each, from slot to slot.
    """

    machine: str
    pole_pairs: int
    i_d_a: Array
    i_q_a: Array
    i_f_a: Array
    psi_d_wb: Array
    psi_q_wb: Array
    psi_f_wb: Array
    torque_nm: Array
    inductance_h: Array | None
    loss_terms: tuple[LossTerm, ...]
    end_winding_inductance_h: float
    stator_resistance_ohm_20c: float
    field_resistance_ohm_20c: float
    stack_length_m: float
    series_turns: float
    parallel_paths: int
    field_turns_per_pole: float
    magnet_temperature_c: float
    provenance: dict[str, str]
    torque_ripple_nm: Array | None = None
    peak_tooth_t: Array | None = None
    peak_yoke_t: Array | None = None
    end_turn_length_m: float = 0.0
    field_end_turn_length_m: float = 0.0
    interpolation_errors: tuple[InterpolationError, ...] = ()
