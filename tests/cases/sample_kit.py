"""The kit of modules that the tests of several rooms share.

The two laminations carry the fields of the analytic machines beside them, as tables of maps of 12 x 16 x 8 nodes; all figures are
assumptions of machines that could be built.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from analytic_machine import EESM, IPM

from halfshaft.drive_unit import (
    Cooling,
    FieldWinding,
    GearSet,
    Inverter,
    Kit,
    Lamination,
    Machine,
    Magnets,
)
from halfshaft.drive_unit.foster import Foster
from halfshaft.drive_unit.magnetic_table import magnetic_table
from halfshaft.drive_unit.power_device import OnState, PowerDevice, SwitchingEnergy

RPM = np.pi / 30.0
RMS = float(np.sqrt(2.0))
DC_VOLTAGE_V = 350.0  # assumption: a 400 V class battery under load

GEN5_CLASS_EESM = Lamination(
    name="gen5_class_eesm",
    pole_pairs=3,
    slots=72,
    outer_diameter_m=0.242,
    bore_diameter_m=0.162,
    rotor=FieldWinding(
        turns_per_pole=100.0,
        current_limit_a=56.22,
        coil_side_copper_area_m2=3.2e-4,
        end_turn_length_m=0.08,
        brush_drop_v=2.0,
        exciter_efficiency=0.93,
        exciter_mass_kg=2.5,
        exciter_length_m=0.05,
    ),
    slot_copper_area_m2=4.2e-3,
    slot_copper_height_m=0.018,
    conductor_width_share=0.8,
    end_turn_length_m=0.16,
    bearing_torque_nm=0.2,
    windage_w_per_m_rad3_s3=1e-7,
    steel_kg_per_m=232.0,
    shaft_kg_per_m=25.0,
    housing_diameter_m=0.27,
    housing_kg_per_m=28.0,
    housing_ends_kg=6.0,
    end_space_length_m=0.12,
    max_speed_rad_per_s=17000 * RPM,
)

IPACE_CLASS_IPM = Lamination(
    name="ipace_class_ipm",
    pole_pairs=4,
    slots=48,
    outer_diameter_m=0.204,
    bore_diameter_m=0.1368,
    rotor=Magnets(mass_kg_per_m=13.4),
    slot_copper_area_m2=2.418e-3,
    slot_copper_height_m=0.014,
    conductor_width_share=0.8,
    end_turn_length_m=0.12,
    bearing_torque_nm=0.2,
    windage_w_per_m_rad3_s3=1e-7,
    steel_kg_per_m=160.0,
    shaft_kg_per_m=8.0,
    housing_diameter_m=0.234,
    housing_kg_per_m=10.0,
    housing_ends_kg=1.5,
    end_space_length_m=0.12,
    max_speed_rad_per_s=13000 * RPM,
)

COOLING = Cooling(
    coolant_temperature_k=338.15,
    jacket_w_per_m2k=4000.0,
    oil_spray_w_per_m2k=0.0,
    rotor_channel_w_per_m2k=0.0,
    contact_gap_m=3e-5,
    slot_insulation_m=5e-4,
    coil_insulation_m=8e-4,
    insulation_w_per_mk=0.2,
    still_air_w_per_m2k=15.5,
    stirred_air_w_s_per_m3k=4.5,
    winding_temperature_k=393.15,
    start_temperature_k=353.15,
    winding_limit_k=433.15,
    rotor_winding_limit_k=433.15,
    magnet_limit_k=413.15,
    coolant_flow_m3_per_s=1.333e-4,
)

# Of the order of 750 V, 820 A class IGBT modules and 1,200 V silicon-carbide ones; see the theory of the inverter.
IGBT = PowerDevice(
    kind="igbt",
    chips=6,
    reference_voltage_v=400.0,
    reference_current_a=450.0,
    reference_temperature_k=423.15,
    highest_junction_temperature_k=448.15,
    transistor=OnState(0.70, 1.06e-3, -1.2e-3, 3.5e-6),
    diode=OnState(0.82, 0.95e-3, -1.8e-3, 2.2e-6),
    turn_on=SwitchingEnergy(15e-3, 0.2, 1.3, 0.003),
    turn_off=SwitchingEnergy(24e-3, 0.0, 1.3, 0.003),
    recovery=SwitchingEnergy(11e-3, 0.0, 0.6, 0.005),
    transistor_foster=Foster((0.005, 0.050, 0.065, 0.020), (0.001, 0.03, 0.25, 1.5)),
    diode_foster=Foster((0.015, 0.100, 0.065, 0.020), (0.001, 0.03, 0.25, 1.5)),
)
SIC = PowerDevice(
    kind="sic",
    chips=8,
    reference_voltage_v=600.0,
    reference_current_a=400.0,
    reference_temperature_k=423.15,
    highest_junction_temperature_k=448.15,
    transistor=OnState(0.0, 3.14e-3, 0.0, 9.9e-6),
    diode=OnState(2.8, 2.0e-3, -3.0e-3, 0.0),
    turn_on=SwitchingEnergy(14e-3, 0.0, 1.3, 0.0003),
    turn_off=SwitchingEnergy(10e-3, 0.0, 1.3, 0.0003),
    recovery=SwitchingEnergy(1e-3, 0.0, 1.0, 0.003),
    transistor_foster=Foster((0.005, 0.035, 0.045, 0.015), (0.001, 0.03, 0.25, 1.5)),
)
IGBT_600 = Inverter(
    name="igbt_600",
    switch=IGBT,
    voltage_class_v=400.0,
    sets=1,
    chip_pieces=36,
    switching_frequency_hz=10e3,
    dead_time_s=1e-6,
    shortest_pulse_s=0.5e-6,
    standby_w=40.0,
    mass_kg=9.0,
    length_m=0.30,
    overmodulation_share=0.2,
    stated_current_limit_a=600.0 * RMS,
)
# Fewer chips: less mass, and more slope resistance and thermal resistance in proportion.
IGBT_460 = replace(IGBT_600, name="igbt_460", stated_current_limit_a=460.0 * RMS, mass_kg=8.5, chip_pieces=28)
IGBT_340 = replace(IGBT_600, name="igbt_340", stated_current_limit_a=340.0 * RMS, mass_kg=8.0, chip_pieces=20)
IGBT_2X600 = replace(
    IGBT_600,
    name="igbt_2x600",
    stated_current_limit_a=1200.0 * RMS,
    sets=2,
    standby_w=80.0,
    mass_kg=17.0,
    chip_pieces=72,
)
SIC_400 = Inverter(
    name="sic_400",
    switch=SIC,
    voltage_class_v=800.0,
    sets=1,
    chip_pieces=48,
    switching_frequency_hz=12e3,
    dead_time_s=0.3e-6,
    shortest_pulse_s=0.3e-6,
    standby_w=40.0,
    mass_kg=8.0,
    length_m=0.28,
    stated_current_limit_a=400.0 * RMS,
)

GEAR_111 = GearSet(
    name="gear_111",
    ratio=11.1,
    arrangement="parallel_axis",
    torque_limit_nm=480.0,
    speed_limit_rad_per_s=17500 * RPM,
)
GEAR_96 = replace(GEAR_111, name="gear_96", ratio=9.6)
GEAR_88 = replace(GEAR_111, name="gear_88", ratio=8.774, torque_limit_nm=720.0)
COAXIAL_904 = replace(
    GEAR_111,
    name="coaxial_904",
    ratio=9.04,
    arrangement="coaxial",
    torque_limit_nm=400.0,
    speed_limit_rad_per_s=13500 * RPM,
)

EESM_130X20 = Machine("eesm_130x20", GEN5_CLASS_EESM, 0.130, series_turns=20, parallel_paths=6)
EESM_130X16 = Machine("eesm_130x16", GEN5_CLASS_EESM, 0.130, series_turns=16, parallel_paths=6)
EESM_150X16 = Machine("eesm_150x16", GEN5_CLASS_EESM, 0.150, series_turns=16, parallel_paths=6)
EESM_170X16 = Machine("eesm_170x16", GEN5_CLASS_EESM, 0.170, series_turns=16, parallel_paths=6)
EESM_170X12_DUAL = Machine(
    "eesm_170x12_dual", GEN5_CLASS_EESM, 0.170, series_turns=12, parallel_paths=3, winding_sets=2
)
EESM_130X32 = Machine("eesm_130x32", GEN5_CLASS_EESM, 0.130, series_turns=32, parallel_paths=3)
EESM_150X32 = Machine("eesm_150x32", GEN5_CLASS_EESM, 0.150, series_turns=32, parallel_paths=3)
IPM_165X16 = Machine("ipm_165x16", IPACE_CLASS_IPM, 0.165, series_turns=16, parallel_paths=4, hollow_shaft=True)

KIT = Kit(
    machines=(
        EESM_130X20,
        EESM_130X16,
        EESM_150X16,
        EESM_170X16,
        EESM_170X12_DUAL,
        EESM_130X32,
        EESM_150X32,
        IPM_165X16,
    ),
    inverters=(IGBT_340, IGBT_460, IGBT_600, IGBT_2X600, SIC_400),
    gears=(GEAR_88, GEAR_96, GEAR_111, COAXIAL_904),
    cooling=COOLING,
    machine_inverter_pairs=(
        ("eesm_130x20", "igbt_600"),
        ("eesm_130x16", "igbt_340"),
        ("eesm_130x16", "igbt_460"),
        ("eesm_150x16", "igbt_340"),
        ("eesm_150x16", "igbt_460"),
        ("eesm_150x16", "igbt_600"),
        ("eesm_170x16", "igbt_460"),
        ("eesm_170x16", "igbt_600"),
        ("eesm_170x12_dual", "igbt_2x600"),
        ("eesm_130x32", "sic_400"),
        ("eesm_150x32", "sic_400"),
        ("ipm_165x16", "igbt_460"),
    ),
    machine_gear_pairs=(
        *(
            (machine, gear)
            for machine in ("eesm_130x20", "eesm_130x16", "eesm_150x16", "eesm_170x16", "eesm_130x32", "eesm_150x32")
            for gear in ("gear_88", "gear_96", "gear_111")
        ),
        ("eesm_170x12_dual", "gear_88"),
        ("ipm_165x16", "gear_88"),
        ("ipm_165x16", "coaxial_904"),
    ),
)


MAGNETICS = {
    GEN5_CLASS_EESM.name: magnetic_table(
        EESM.flux_map((12, 16, 8), series_turns=16, stack_length_m=0.15, field_turns_per_pole=100.0)
    ),
    IPACE_CLASS_IPM.name: magnetic_table(
        IPM.flux_map((12, 16, 1), series_turns=16, stack_length_m=0.165, field_turns_per_pole=0.0)
    ),
}
