"""Coast-down: taking out of a certified road load what its own units had put in.

A car coasts down with its units turning along, so the certified coefficients hold their drag already, and the dynamometer is set to
them (SAE J2263 and J2264; UN GTR No. 15, Annex 4). A loss map holds that drag too. Who drives a certified car with loss maps counts
it twice, unless it is taken out first; and only without it can other units be tried on the same car fairly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import nnls

from halfshaft.vehicle.car import Vehicle
from halfshaft.vehicle.loss_map import Array, LossMap, WheelUnit, wheel_units
from halfshaft.vehicle.road_load import RoadLoad

_COASTING_MPS = np.linspace(15.0, 115.0, 51) / 3.6  # the speeds over which SAE J2263 lets a car coast


def without_unit_drag(vehicle: Vehicle, front: LossMap | None, rear: LossMap | None) -> Vehicle:
    """The same car with the drag of the units it was coasted down with taken out of A, B and C.

    A coasting unit's drag is its ``coasting_loss_w``: bearings, gear and, with magnets, the iron that their field turns in. What only a
    switching inverter costs (field weakening, harmonics, standby) is not in it, so it is not in the certified road load either, and
    comes on top when the car drives. The drag is fitted by a + b v + c v² with no negative term, by least squares
    over 15 to 115 km/h. Raises `ValueError` when a unit is given for an axle that is not driven, cannot turn at 115 km/h, or drags more
    than the whole car.
    """
    drag = np.zeros_like(_COASTING_MPS)
    for axle, unit in (("front", front), ("rear", rear)):
        (wheel,) = wheel_units(axle, axle in vehicle.driven_axles, [unit], vehicle.tyre_radius_m)
        if wheel.max_speed_mps < _COASTING_MPS[-1]:
            raise ValueError(
                f"vehicle {vehicle.name!r} was not coasted down with this {axle} unit: it cannot turn at 115 km/h"
            )
        if unit is not None:
            drag += _drag_n(unit, wheel)
    v = _COASTING_MPS
    (a, b, c), _ = nnls(np.stack([np.ones_like(v), v, v * v], axis=1), drag)
    load = vehicle.road_load
    if a > load.a_n or c > load.c_n_per_mps2:
        raise ValueError(
            f"vehicle {vehicle.name!r}: units that drag {a:.4g} N + {b:.4g} N/(m/s) v + {c:.4g} N/(m/s)² v² cannot be part of its road "
            f"load {load.a_n:.4g}, {load.b_n_per_mps:.4g}, {load.c_n_per_mps2:.4g}; give the units of the coast-down"
        )
    return replace(vehicle, road_load=RoadLoad(load.a_n - a, load.b_n_per_mps - b, load.c_n_per_mps2 - c))


def _drag_n(unit: LossMap, wheel: WheelUnit) -> Array:
    """Drag of one coasting unit at the tyres [N] over `_COASTING_MPS`."""
    drag: Array = np.interp(_COASTING_MPS, wheel.speed_mps, unit.coasting_loss_w) / _COASTING_MPS
    return drag
