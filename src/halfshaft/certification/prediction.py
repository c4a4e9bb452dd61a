"""What one car would be certified to consume, and how it would perform, from what is published of it.

Everything that is not published is the same for every car and stands in ``Assumptions``. Nothing measured is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from halfshaft.certification.car_row import AxleFigures, CarRow, Kind
from halfshaft.certification.implied_unit import ImpliedUnit, PublishedUnit, Reference, implied_unit
from halfshaft.vehicle import Axle, Battery, Vehicle, performance
from halfshaft.vehicle.dynamometer import multi_cycle_ac_wh_per_km, on_dynamometer, run
from halfshaft.vehicle.warmth import Warmth

_MORE = 1.01  # of the published power; a machine that gives more is held to it by its battery
_HIGHEST_CYCLE_MPS = 38.0  # of every unit's map: above the 131.3 km/h of WLTC 3b
_OVER_GOVERNED = 1.03  # highest speed of a motor over that at the car's top speed


@dataclass(frozen=True)
class Assumptions:
    """What is taken to be alike in all cars; none of it is published.

    Five of them were chosen with the certified consumption of 40 cars in sight, to which their figures are therefore a little kind:
    ``auxiliary_power_w``, ``switching_power_w``, ``recuperated_share``, ``least_corner_rad_per_s`` and, by its source,
    ``charging_efficiency``.

    - ``charging_efficiency``: usable DC over AC recharge; 0.86 +- 0.03 in 16 cars with both figures (EPA label data, brochures).
    - ``auxiliary_power_w``: 12 V systems with heating and cooling switched off, as in certification.
    - ``switching_power_w``: what a unit draws for as long as its inverter switches, above the kit inverter's standby: harmonics in iron and
      magnets beyond what the kit's factor for iron holds, pumps, exciter.
    - ``recuperated_share``: of a braking force that the units take; friction brakes take the rest (blended pedal, brake balance).
    - ``regen_fade_low_mps``, ``regen_fade_high_mps``: as FASTSim has them.
    - ``least_corner_rad_per_s``: a magnet machine's peak power over torque is at least this; below, the battery is what limits the power.
    - ``governed_speed_mps``: top speed of a car of 100 kW. Makers govern where they choose, and their choice goes with the cube root of
      power, as the speed does that power can hold against the air: 27 brochures lie 3.9 % from it in the mean. Motors turn little faster.
    - ``launch_rise_s``: in which the force rises to its full value.
    """

    charging_efficiency: float = 0.86
    auxiliary_power_w: float = 100.0
    switching_power_w: float = 200.0
    recuperated_share: float = 0.84
    regen_fade_low_mps: float = 1.1
    regen_fade_high_mps: float = 3.6
    max_regen_deceleration: float = 2.5
    open_circuit_voltage_v: float = 370.0
    resistance_ohm_kwh: float = 4.8
    least_corner_rad_per_s: float = 420.0
    governed_speed_mps: float = 38.8
    peak_efficiency: float = 0.92
    front_mass_share: float = 0.5
    wheelbase_m: float = 2.8
    centre_of_gravity_height_m: float = 0.5
    tyre_adhesion: float = 1.0
    rotating_mass_factor: float = 1.04
    launch_rise_s: float = 0.3
    warmth: Warmth = field(default_factory=Warmth)

    def top_speed_mps(self, power_w: float) -> float:
        """Where a car of this power is governed."""
        return self.governed_speed_mps * float(np.cbrt(power_w / 1e5))


@dataclass(frozen=True)
class Prediction:
    """Figures of one car; NaN where it cannot follow. ``note`` says what was assumed of it alone, and what went wrong."""

    row_id: str
    udds_wh_per_km_ac: float
    hwfet_wh_per_km_ac: float
    accel_0_100kph_s: float
    top_speed_kph: float
    wltp_wh_per_km_ac: float
    note: str

    @property
    def combined_wh_per_km_ac(self) -> float:
        """55 % UDDS and 45 % HWFET."""
        return 0.55 * self.udds_wh_per_km_ac + 0.45 * self.hwfet_wh_per_km_ac

    def scaled(self, factor: float, note: str) -> Prediction:
        """With every consumption times a factor."""
        return replace(
            self,
            udds_wh_per_km_ac=factor * self.udds_wh_per_km_ac,
            hwfet_wh_per_km_ac=factor * self.hwfet_wh_per_km_ac,
            wltp_wh_per_km_ac=factor * self.wltp_wh_per_km_ac,
            note="; ".join(part for part in (self.note, note) if part),
        )


def failed(car: CarRow, why: str) -> Prediction:
    """A car that could not be predicted."""
    nan = float("nan")
    return Prediction(car.row_id, nan, nan, nan, nan, nan, "; ".join([*car.notes, f"not predicted: {why}"]))


def predict(car: CarRow, references: Mapping[Kind, Reference], assumptions: Assumptions) -> Prediction:
    """Certification and performance of one car. Raises ValueError where its figures make no unit, or its units drag more than the car."""
    given: dict[Axle, AxleFigures | None] = {"front": car.front, "rear": car.rear}
    figures = {axle: unit for axle, unit in given.items() if unit is not None}
    published_w = sum(unit.power_w for unit in figures.values())
    top_mps = assumptions.top_speed_mps(published_w)
    units = {axle: _unit(car, unit, references[unit.kind], top_mps, assumptions) for axle, unit in figures.items()}
    given_w = sum(unit.at_oil_temperature(assumptions.warmth.surroundings_k).peak_power_w for unit in units.values())
    limited = given_w > _MORE * published_w
    vehicle = Vehicle(
        name=car.row_id,
        test_mass_kg=car.test_mass_kg,
        performance_mass_kg=car.performance_mass_kg,
        road_load=car.road_load,
        tyre_radius_m=car.tyre_radius_m,
        driven_axles=tuple(units),
        front_mass_share=assumptions.front_mass_share,
        wheelbase_m=assumptions.wheelbase_m,
        centre_of_gravity_height_m=assumptions.centre_of_gravity_height_m,
        tyre_adhesion=assumptions.tyre_adhesion,
        rotating_mass_factor=assumptions.rotating_mass_factor,
        auxiliary_power_w=assumptions.auxiliary_power_w,
        battery=Battery(
            usable_energy_wh=1e3 * car.battery_kwh,
            open_circuit_voltage_v=assumptions.open_circuit_voltage_v,
            resistance_ohm=assumptions.resistance_ohm_kwh / car.battery_kwh,
            charging_efficiency=assumptions.charging_efficiency,
            max_discharge_w=published_w / assumptions.peak_efficiency + assumptions.auxiliary_power_w
            if limited
            else None,
        ),
        regen_fade_low_mps=assumptions.regen_fade_low_mps,
        regen_fade_high_mps=assumptions.regen_fade_high_mps,
        max_regen_deceleration=assumptions.max_regen_deceleration,
        recuperated_share=assumptions.recuperated_share,
        launch_rise_s=assumptions.launch_rise_s,
    )
    bench = on_dynamometer(vehicle, units, assumptions.warmth, certified_load=car.certified_load)
    consumption = multi_cycle_ac_wh_per_km(bench)
    (wltp,) = run(bench, ("wltc_3b",))
    warm = {axle: unit.at_oil_temperature(bench.warm_oil_k[axle]) for axle, unit in units.items()}
    able = performance(bench.vehicle, warm.get("front"), warm.get("rear"))
    return Prediction(
        row_id=car.row_id,
        udds_wh_per_km_ac=consumption["udds"],
        hwfet_wh_per_km_ac=consumption["hwfet"],
        accel_0_100kph_s=able.time_0_100_kmh_s,
        top_speed_kph=3.6 * min(able.top_speed_mps, top_mps),
        wltp_wh_per_km_ac=wltp.energy.ac_wh_per_km,
        note="; ".join(car.notes),
    )


def _power_w(unit: AxleFigures, assumptions: Assumptions) -> float:
    """Power that the machine itself could give."""
    if unit.kind != "permanent magnet":
        return unit.power_w
    return max(unit.power_w, assumptions.least_corner_rad_per_s * unit.torque_nm)


def _unit(
    car: CarRow, unit: AxleFigures, reference: Reference, top_speed_mps: float, assumptions: Assumptions
) -> ImpliedUnit:
    inverter = reference.unit.inverter
    awake = replace(inverter, standby_w=inverter.standby_w + assumptions.switching_power_w)
    power_w = _power_w(unit, assumptions)
    top = max(_OVER_GOVERNED * top_speed_mps, _HIGHEST_CYCLE_MPS) * car.motor_rad_per_m
    published = PublishedUnit(power_w, unit.torque_nm, car.motor_rad_per_m, car.tyre_radius_m, top)
    return implied_unit(replace(reference, unit=replace(reference.unit, inverter=awake)), published)
