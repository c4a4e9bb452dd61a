"""The other half of a map: a machine without skew is symmetric about its d axis, so that i_q >= 0 tells all.

Turning i_q over leaves psi_d, psi_f, losses and peak values as they are and turns psi_q and torque over. A map that starts at i_q = 0 is
taken to mean this. What is left of the odd quantities at i_q = 0 is put to zero: the mesh's share of it, and some tenths of a per cent
of the greatest value where two layers of short-pitched coils lie at different depths, which a mirror would exchange. More is refused.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.flux_map.flux_map import FluxMap

Array = NDArray[np.float64]

_LEAST_SYMMETRY = 0.02  # of the greatest q flux linkage: more of it at zero q current is another machine
_PARITY = np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, 1.0]])  # of the inductances, in i_q


def is_half(flux_map: FluxMap) -> bool:
    """Whether the map starts at i_q = 0 and leaves its other half to symmetry."""
    return len(flux_map.i_q_a) > 1 and float(flux_map.i_q_a[0]) == 0.0


def mirrored(flux_map: FluxMap) -> FluxMap:
    """The map on both sides of i_q = 0; one that already has both comes back as it is.

    Raises ValueError when its q flux linkage at zero q current denies the symmetry.
    """
    if not is_half(flux_map):
        return flux_map
    greatest = float(np.abs(flux_map.psi_q_wb).max())
    leftover = float(np.abs(flux_map.psi_q_wb[:, 0]).max())
    if leftover > _LEAST_SYMMETRY * greatest:
        raise ValueError(
            f"the flux map of {flux_map.machine!r} has {leftover:.4g} Wb of q flux linkage at zero q current: the machine is not symmetric "
            "about its d axis; compute the map for q currents of both signs"
        )

    def both(values: Array, sign: float | Array = 1.0) -> Array:
        upper = values.copy()
        upper[:, 0] = np.where(np.asarray(sign) < 0.0, 0.0, upper[:, 0])
        whole: Array = np.concatenate([sign * upper[:, :0:-1], upper], axis=1)
        return whole

    def maybe(values: Array | None) -> Array | None:
        return None if values is None else both(values)

    return replace(
        flux_map,
        i_q_a=np.concatenate([-flux_map.i_q_a[:0:-1], flux_map.i_q_a]),
        psi_d_wb=both(flux_map.psi_d_wb),
        psi_q_wb=both(flux_map.psi_q_wb, -1.0),
        psi_f_wb=both(flux_map.psi_f_wb),
        torque_nm=both(flux_map.torque_nm, -1.0),
        inductance_h=None if flux_map.inductance_h is None else both(flux_map.inductance_h, _PARITY),
        loss_terms=tuple(replace(term, value=both(term.value)) for term in flux_map.loss_terms),
        torque_ripple_nm=maybe(flux_map.torque_ripple_nm),
        peak_tooth_t=maybe(flux_map.peak_tooth_t),
        peak_yoke_t=maybe(flux_map.peak_yoke_t),
    )
