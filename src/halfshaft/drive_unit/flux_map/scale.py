"""One computed field, many machines: exact scaling of a map in length, turns, parallel paths and size.

The plane field knows neither length nor turns, and a cross-section that grows by a factor r in every direction carries the same flux
density at r times the ampere-turns. So (primes mark the scaled machine, k and k_f the ratios of series turns, l of lengths):

==========================  ==============  ====================  ==================  =================
quantity                    length l        series turns k        field turns k_f     size r
==========================  ==============  ====================  ==================  =================
i_d, i_q                    1               1/k                   1                   r
i_f                         1               1                     1/k_f               r
psi_d, psi_q                l               k                     1                   r
psi_f                       l               1                     k_f                 r
torque, its ripple          l               1                     1                   r^2
iron loss                   l               1                     1                   r^2
eddy loss, magnets          l (note 1)      1                     1                   r^4 (note 1)
eddy loss, stator copper    l               1 (note 2)            1                   r^4 (note 2)
stator resistance           active part: l  k^2                   1                   1/r^2; end turn r
field resistance            active part: l  1                     k_f^2               1/r^2; end turn r
end-winding inductance      1               k^2                   1                   r
==========================  ==============  ====================  ==================  =================

All of it is bookkeeping, exact to round-off, for what it says and no more:

1. magnet segments keep their length when the stack grows, and grow with r;
2. strands keep their diameter and bars their width when turns change; wires grow with r;
3. slots hold the same copper whatever the turns; a size factor scales the air gap, bridges and slot insulation too, but no sheet thickness.

A machine that keeps its gap or its wires while it grows needs a map of its own. What was scaled stands in the provenance.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.flux_map.flux_map import FluxMap, LossTerm

Array = NDArray[np.float64]

_EDDY_CAUSES = ("magnet_eddy", "winding_proximity")  # whose conductors grow with the machine


def scaled(
    flux_map: FluxMap,
    *,
    length: float = 1.0,
    series_turns: float | None = None,
    parallel_paths: int | None = None,
    field_turns_per_pole: float | None = None,
    radius: float = 1.0,
) -> FluxMap:
    """The map of the same cross-section with another length or size (factors) or winding (new values).

    New parallel paths alone reconnect the same coils, so that series turns follow; given with series turns, both are taken as they are.
    Raises ValueError for a factor or value that is not positive, or field turns for a machine without a field winding.
    """
    if parallel_paths and series_turns is None:
        series_turns = flux_map.series_turns * flux_map.parallel_paths / parallel_paths
    turns = flux_map.series_turns if series_turns is None else series_turns
    paths = flux_map.parallel_paths if parallel_paths is None else parallel_paths
    field_turns = flux_map.field_turns_per_pole if field_turns_per_pole is None else field_turns_per_pole
    for name, value in (("length", length), ("radius", radius), ("series_turns", turns), ("parallel_paths", paths)):
        if not (np.isfinite(value) and value > 0.0):
            raise ValueError(f"a map cannot be scaled to {name} {value:g}: it must be positive")
    if field_turns_per_pole is not None and flux_map.field_turns_per_pole <= 0.0:
        raise ValueError(f"{flux_map.machine!r} has no field winding whose turns could change")
    if field_turns_per_pole is not None and not (np.isfinite(field_turns) and field_turns > 0.0):
        raise ValueError(f"a map cannot be scaled to field_turns_per_pole {field_turns:g}: it must be positive")
    k = turns / flux_map.series_turns
    k_f = field_turns / flux_map.field_turns_per_pole if flux_map.field_turns_per_pole > 0.0 else 1.0
    flux, field_flux = length * radius * k, length * radius * k_f
    power = length * radius**2
    ratio = np.array([k, k, k_f])
    return replace(
        flux_map,
        i_d_a=flux_map.i_d_a * (radius / k),
        i_q_a=flux_map.i_q_a * (radius / k),
        i_f_a=flux_map.i_f_a * (radius / k_f),
        psi_d_wb=flux_map.psi_d_wb * flux,
        psi_q_wb=flux_map.psi_q_wb * flux,
        psi_f_wb=flux_map.psi_f_wb * field_flux,
        torque_nm=flux_map.torque_nm * power,
        inductance_h=None
        if flux_map.inductance_h is None
        else flux_map.inductance_h * (length * np.outer(ratio, ratio)),
        loss_terms=tuple(
            replace(term, value=term.value * _loss_factor(term, length, radius)) for term in flux_map.loss_terms
        ),
        end_winding_inductance_h=flux_map.end_winding_inductance_h * k**2 * radius,
        stator_resistance_ohm_20c=flux_map.stator_resistance_ohm_20c
        * k**2
        * _conductor_factor(flux_map.stack_length_m, flux_map.end_turn_length_m, length, radius),
        field_resistance_ohm_20c=flux_map.field_resistance_ohm_20c
        * k_f**2
        * _conductor_factor(flux_map.stack_length_m, flux_map.field_end_turn_length_m, length, radius),
        stack_length_m=flux_map.stack_length_m * length,
        series_turns=turns,
        parallel_paths=paths,
        field_turns_per_pole=field_turns,
        torque_ripple_nm=None if flux_map.torque_ripple_nm is None else flux_map.torque_ripple_nm * power,
        end_turn_length_m=flux_map.end_turn_length_m * radius,
        field_end_turn_length_m=flux_map.field_end_turn_length_m * radius,
        provenance=_with_scaling(flux_map.provenance, length, k, paths, k_f, radius),
    )


def _loss_factor(term: LossTerm, length: float, radius: float) -> float:
    return length * (radius**4 if term.cause in _EDDY_CAUSES else radius**2)


def _conductor_factor(stack_m: float, end_turn_m: float, length: float, radius: float) -> float:
    """Ratio of resistances of one conductor with its end turn, whose cross-section grows with the square of the size."""
    return (stack_m * length + end_turn_m * radius) / (stack_m + end_turn_m) / radius**2


def _with_scaling(
    provenance: dict[str, str], length: float, turns: float, paths: int, field_turns: float, radius: float
) -> dict[str, str]:
    """The provenance with the scaling from the computed machine, earlier scalings included."""
    before = json.loads(provenance.get("scaling", "{}"))
    factors = {"length": length, "series_turns": turns, "field_turns": field_turns, "radius": radius}
    total: dict[str, float] = {name: before.get(name, 1.0) * factor for name, factor in factors.items()}
    total["parallel_paths_now"] = paths
    return {**provenance, "scaling": json.dumps(total)}
