"""A car's life in use: mission profiles, the energy and hours they make, and the damage to winding and gear."""

from halfshaft.vehicle.mission.damage import (
    GearDamage,
    Insulation,
    ThermalCycling,
    ToothLife,
    equivalent_torque_nm,
    gear_damage,
    insulation_ageing,
    thermal_cycling_damage,
)
from halfshaft.vehicle.mission.lifetime import (
    Drive,
    MissionEnergy,
    drive_with,
    lifetime_damage,
    mission_energy,
    over_climates,
)
from halfshaft.vehicle.mission.profile import (
    AUTONOMOUS,
    PRIVATE,
    PROFILES,
    SHARED,
    AmbientBin,
    ChargingMode,
    MissionProfile,
)
from halfshaft.vehicle.mission.rainflow import LoadCycles, rainflow, turning_points

__all__ = [
    "AUTONOMOUS",
    "PRIVATE",
    "PROFILES",
    "SHARED",
    "AmbientBin",
    "ChargingMode",
    "Drive",
    "GearDamage",
    "Insulation",
    "LoadCycles",
    "MissionEnergy",
    "MissionProfile",
    "ThermalCycling",
    "ToothLife",
    "drive_with",
    "equivalent_torque_nm",
    "gear_damage",
    "insulation_ageing",
    "lifetime_damage",
    "mission_energy",
    "over_climates",
    "rainflow",
    "thermal_cycling_damage",
    "turning_points",
]
