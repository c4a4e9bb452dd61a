"""A vehicle programme as the vehicle room sees it."""

from __future__ import annotations

from halfshaft.programme.model import Driving, RoadLoadCoefficients, VehicleProgramme
from halfshaft.vehicle import Battery, RoadLoad, Vehicle


def vehicle_model(programme: VehicleProgramme, driving: Driving) -> Vehicle:
    """The physical vehicle of a programme: same figures, without volumes and owners."""
    load = programme.road_load
    if isinstance(load, RoadLoadCoefficients):
        road_load = RoadLoad(load.a, load.b, load.c)
    else:
        road_load = RoadLoad.from_drag(
            mass_kg=programme.test_mass,
            rolling_resistance=load.rolling_resistance,
            drag_area_m2=load.drag_coefficient * load.frontal_area,
        )
    pack = programme.battery
    battery = Battery(
        usable_energy_wh=pack.usable_energy,
        open_circuit_voltage_v=pack.open_circuit_voltage,
        resistance_ohm=pack.resistance,
        max_discharge_w=pack.discharge_power,
        max_charge_w=pack.charge_power,
        charging_efficiency=pack.charging_efficiency,
    )
    return Vehicle(
        name=programme.name,
        test_mass_kg=programme.test_mass,
        performance_mass_kg=programme.performance_mass,
        road_load=road_load,
        tyre_radius_m=programme.tyre_radius,
        driven_axles=programme.driven_axles,
        front_mass_share=programme.front_mass_share,
        wheelbase_m=programme.wheelbase,
        centre_of_gravity_height_m=programme.centre_of_gravity_height,
        tyre_adhesion=programme.tyre_adhesion,
        rotating_mass_factor=driving.rotating_mass_factor,
        regen_fade_low_mps=driving.regen_fade_low,
        regen_fade_high_mps=driving.regen_fade_high,
        max_regen_deceleration=driving.max_regen_deceleration,
        auxiliary_power_w=driving.auxiliary_power if programme.auxiliary_power is None else programme.auxiliary_power,
        recuperated_share=driving.recuperated_share,
        launch_rise_s=driving.launch_rise,
        battery=battery,
        speed_limit_mps=programme.speed_limit,
    )
