"""The conditions of certification: one drive for all phases of a cycle, and the same assumptions as the certification room's."""

from __future__ import annotations

import numpy as np
import pytest

from halfshaft.certification import Assumptions
from halfshaft.drive_unit.unit_map import oil_weights
from halfshaft.programme import Driving
from halfshaft.study import Study
from halfshaft.vehicle import load_cycle
from halfshaft.vehicle.dynamometer import MULTI_CYCLE, run
from halfshaft.vehicle.warmth import Warmth
from halfshaft.verification import Conditions, conditions
from halfshaft.verification.conditions import bench_of, reference_units

SWITCHING_W = 200.0


def of(study: Study, vehicle: str) -> Conditions:
    """The conditions of one vehicle of the study."""
    programme = study.programme.vehicle(vehicle)
    return conditions(programme, study.programme.model_of(programme), study.maps, SWITCHING_W)


@pytest.mark.parametrize("vehicle", ["ada_suv", "bob_sedan", "bob_awd"])
def test_one_drive_costs_what_its_phases_cost(small_study: Study, vehicle: str) -> None:
    """Driving UDDS once, as warm as in the mean of its phases, takes the weighted energy of all phases to 0.1 %."""
    programme = small_study.programme.vehicle(vehicle)
    units = reference_units(programme, small_study.maps)
    model = small_study.programme.model_of(programme)
    bench = bench_of(programme, model, small_study.maps, SWITCHING_W, Warmth())
    udds = [phase.energy for phase in run(bench, MULTI_CYCLE) if phase.cycle == "udds"]
    first = udds[0].dc_wh / udds[0].usable_energy_wh
    weights = [first, *[(1.0 - first) / (len(udds) - 1)] * (len(udds) - 1)]
    phases = sum(weight * energy.ac_wh_per_km for weight, energy in zip(weights, udds, strict=True))
    once = of(small_study, vehicle).energy(load_cycle("udds"), units.get("front"), units.get("rear"))
    assert once.ac_wh_per_km == pytest.approx(phases, rel=1e-3)
    assert once.balance_error < 1e-9


def test_cold_costs_more_than_warm(small_study: Study) -> None:
    """WLTC from cold takes more than the same trace under another name, which is driven warm; switching adds what it draws."""
    programme = small_study.programme.vehicle("bob_sedan")
    units = reference_units(programme, small_study.maps)
    cycle, driven = load_cycle("wltc_3b"), of(small_study, "bob_sedan")
    cold = driven.energy(cycle, units.get("front"), units.get("rear"))
    quiet = conditions(programme, small_study.programme.model_of(programme), small_study.maps, 0.0)
    without = quiet.energy(cycle, units.get("front"), units.get("rear"))
    hours = (cycle.time_s[-1] - cycle.time_s[0]) / 3600.0
    assert driven.drives["wltp"].vehicle.road_load.a_n > driven.vehicle.road_load.a_n
    assert 0.9 < (cold.dc_wh - without.dc_wh) / (SWITCHING_W * hours * len(units)) < 1.2


def test_cold_oil_loses_more(small_study: Study) -> None:
    """From a test cell's warmth up, at speeds of cycles, colder oil costs more; at the map's own nothing is added, and at rest never.

    Not beyond: at highest speeds, thick oil is thrown away from the teeth.
    """
    for unit in small_study.maps:
        cycles = unit.speed_rad_per_s < 0.4 * unit.max_speed_rad_per_s
        assert (np.diff(unit.cold_loss_w[cycles][:, unit.oil_temperature_k > 295.0], axis=1) <= 1e-9).all()
        own = unit.cold_loss_w @ oil_weights(unit.unit.gear.oil_temperature_k)
        np.testing.assert_allclose(own, 0.0, atol=1e-6)
        np.testing.assert_allclose(unit.cold_loss_w[unit.speed_rad_per_s == 0.0], 0.0, atol=1e-9)


def test_what_a_programme_leaves_open_is_assumed_as_in_certification() -> None:
    """One assumption, two rooms: they must not drift apart."""
    fields, assumed = Driving.model_fields, Assumptions()
    assert fields["auxiliary_power"].default == assumed.auxiliary_power_w
    assert fields["switching_power"].default == assumed.switching_power_w
    assert fields["recuperated_share"].default == assumed.recuperated_share
    assert fields["launch_rise"].default == assumed.launch_rise_s
