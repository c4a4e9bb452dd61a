"""What one partner may see of a study document, line by line, unless the partners have agreed on another list.

Own vehicles, own demands, own plants, own stand-alone plan; the units, which the joint team engineers together; which rules split the saving and
whether they are stable. Not the other's volumes, not tiers and pieces bought together (they narrow the other's volume), not totals over
two partners, not a price of a demand (its change in cost is the other's too). A path that is not listed is not visible.
"""

from __future__ import annotations

from halfshaft.alliance import Release

_SUM = "a total over two partners less one's own part is the other's part"
_GAIN = "with two partners it shows the other's gain or saving; settle through a trustee, in bands, or by common prices"

_UNIT_FIGURES = (
    "name", "machine", "inverter", "gear", "lamination", "excitation", "voltage_class_v", "ratio", "peak_power_kw",
    "continuous_power_kw", "peak_torque_nm", "peak_efficiency_percent", "max_speed_rpm", "mass_kg", "rare_earth_kg", "length_mm",
    "diameter_mm", "available_from",
)  # fmt: skip
_DEMAND = ("id", "vehicle", "axle", "quantity", "relation", "value", "unit")
_DEMAND_ROW = ("id", "quantity", "relation", "axle", "value", "unit", "configurations_excluded", "slack_of_chosen")
_CHOSEN = (
    "front", "rear", "wltp_wh_per_km_ac", "wltp_wh_per_km_dc", "udds_wh_per_km_ac", "hwfet_wh_per_km_ac", "acceleration_0_100_s",
    "acceleration_80_120_s", "top_speed_kph", "gradeability_percent", "continuous_power_kw", "peak_power_kw", "units_mass_kg",
)  # fmt: skip
_LINE = (
    "partner",
    "plant",
    "process",
    "year",
    "lines",
    "new_lines",
    "capacity_pieces",
    "output_pieces",
    "utilisation_percent",
)

STUDY_RELEASES: tuple[Release, ...] = (
    *(Release(f"programme.{name}", "all") for name in ("name", "currency", "price_year", "base_year", "years[]")),
    *(Release(f"programme.partners[].{name}", "all") for name in ("id", "name")),
    *(
        Release(f"programme.vehicles[].{name}", "own rows only")
        for name in ("id", "name", "partner", "sop", "eop", "cars.*")
    ),
    *(Release(f"programme.requirements[].{name}", "own rows only") for name in _DEMAND),
    *(Release(f"catalogue.units[].{name}", "all") for name in _UNIT_FIGURES),
    Release("catalogue.family[]", "all"),
    *(
        Release(f"verification.vehicles[].{name}", "own rows only")
        for name in ("vehicle", "configurations", "feasible", "serving_units[]")
    ),
    *(Release(f"verification.vehicles[].demands[].{name}", "own rows only") for name in _DEMAND_ROW),
    *(Release(f"verification.vehicles[].chosen.{name}", "own rows only") for name in _CHOSEN),
    Release("plans.reference.gap_percent", "all"),
    *(
        Release(f"plans.reference.assignments[].{name}", "own rows only")
        for name in ("partner", "vehicle", "axle", "unit")
    ),
    *(Release(f"plans.reference.production[].{name}", "own rows only") for name in _LINE),
    *(
        Release(f"plans.alone.@own.{name}", "all")
        for name in ("cost_m", "bound_m", "gap_percent", "family[]", "cost_tree_m.*")
    ),
    *(Release(f"plans.alone.@own.assignments[].{name}", "all") for name in ("vehicle", "axle", "unit")),
    *(Release(f"plans.alone.@own.production[].{name}", "all") for name in _LINE),
    Release("plans.reference.cost_m", "total", _SUM),
    Release("plans.reference.bound_m", "total", _SUM),
    *(Release(f"alliance[].{name}", "all") for name in ("book", "scenario")),
    Release("alliance[].saving_m.*", "total", _SUM),
    *(Release(f"alliance[].splits[].{name}", "all") for name in ("rule", "label", "belief", "in_core")),
    *(Release(f"alliance[].splits[].{name}.@own", "total", _GAIN) for name in ("payment_m", "gain_m", "transfer_m")),
)
