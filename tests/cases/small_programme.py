"""A small programme that is written to disk for tests: two partners, three vehicles, one lamination in two lengths.

Every figure is invented; only that it is complete, quick to solve and easy to break matters.
"""

from __future__ import annotations

from pathlib import Path

FILES: dict[str, str] = {
    "sources.yaml": 'list: "an invented list, 2020"\n',
    "programme.yaml": """\
name: Small programme
summary: Two partners and three cars, all invented.
currency: EUR
price_year: 2024
base_year: 2025
last_year: 2028
discount_rate: {value: 8 %, assumption: invented}
exchange:
  USD: {value: 0.95 EUR/USD, assumption: invented}
partners:
  - {id: ada, name: Ada Motors, customs_zone: UK}
  - {id: bob, name: Bob Cars, customs_zone: EU}
contracts:
  - {from_year: 2025, to_year: 2026}
  - {from_year: 2027, to_year: 2028}
voltage_classes:
  - {name: {value: 400 V, assumption: invented}, under_load: {value: 350 V, assumption: invented}}
driving:
  assumption: invented
  rotating_mass_factor: 1.04
  regen_fade_low: 5 km/h
  regen_fade_high: 10 km/h
  max_regen_deceleration: 2.5 m/s^2
reference_book: law
reference_scenario: middle
solver: {gap: 0.1 %, time_limit: 20 s}
""",
    "vehicles/ada_suv.yaml": """\
id: ada_suv
name: Ada SUV
partner: ada
driven_axles: [rear]
test_mass: {value: 2.2 t, source: list}
performance_mass: {value: 2.2 t, assumption: invented}
road_load:
  source: list
  a: 160 N
  b: 3 N*s/m
  c: 0.42 N*s^2/m^2
tyre_radius: {value: 0.36 m, assumption: invented}
front_mass_share: {value: 0.5, assumption: invented}
wheelbase: {value: 2.9 m, assumption: invented}
centre_of_gravity_height: {value: 0.6 m, assumption: invented}
tyre_adhesion: {value: 1.0, assumption: invented}
auxiliary_power: {value: 300 W, assumption: invented}
battery:
  assumption: invented
  usable_energy: 80 kWh
  open_circuit_voltage: 390 V
  resistance: 0.05 ohm
  discharge_power: 320 kW
  charge_power: 180 kW
  charging_efficiency: 86 %
voltage_class: {value: 400 V, assumption: invented}
speed_limit: {value: 200 km/h, assumption: invented}
range_target: {value: 450 km, assumption: invented}
volumes:
  assumption: invented
  2025: 12000
  2026: 20000
  2027: 20000
  2028: 15000
""",
    "vehicles/bob_sedan.yaml": """\
id: bob_sedan
name: Bob Sedan
partner: bob
driven_axles: [rear]
test_mass: {value: 2.1 t, source: list}
performance_mass: {value: 2.1 t, assumption: invented}
road_load:
  assumption: invented
  drag_coefficient: 0.25
  frontal_area: 2.3 m^2
  rolling_resistance: 0.008
tyre_radius: {value: 0.34 m, assumption: invented}
front_mass_share: {value: 0.5, assumption: invented}
wheelbase: {value: 2.85 m, assumption: invented}
centre_of_gravity_height: {value: 0.55 m, assumption: invented}
tyre_adhesion: {value: 1.0, assumption: invented}
auxiliary_power: {value: 300 W, assumption: invented}
battery:
  assumption: invented
  usable_energy: 80 kWh
  open_circuit_voltage: 390 V
  resistance: 0.05 ohm
  discharge_power: 320 kW
  charge_power: 180 kW
  charging_efficiency: 86 %
voltage_class: {value: 400 V, assumption: invented}
range_target: {value: 550 km, assumption: invented}
volumes:
  assumption: invented
  2025: 40000
  2026: 60000
  2027: 65000
  2028: 60000
""",
    "vehicles/bob_awd.yaml": """\
id: bob_awd
name: Bob AWD
partner: bob
driven_axles: [front, rear]
test_mass: {value: 2.4 t, source: list}
performance_mass: {value: 2.4 t, assumption: invented}
road_load:
  source: list
  a: 170 N
  b: 1 N*s/m
  c: 0.45 N*s^2/m^2
tyre_radius: {value: 0.36 m, assumption: invented}
front_mass_share: {value: 0.5, assumption: invented}
wheelbase: {value: 3.0 m, assumption: invented}
centre_of_gravity_height: {value: 0.6 m, assumption: invented}
tyre_adhesion: {value: 1.0, assumption: invented}
auxiliary_power: {value: 350 W, assumption: invented}
battery:
  assumption: invented
  usable_energy: 100 kWh
  open_circuit_voltage: 390 V
  resistance: 0.04 ohm
  discharge_power: 420 kW
  charge_power: 200 kW
  charging_efficiency: 86 %
voltage_class: {value: 400 V, assumption: invented}
range_target: {value: 550 km, assumption: invented}
volumes:
  assumption: invented
  2026: 15000
  2027: 25000
  2028: 25000
""",
    "requirements/ada.yaml": """\
owner: ada
requirements:
  - {id: ADA-1, vehicle: ada_suv, quantity: acceleration_0_100, at_most: 8.5 s, assumption: invented}
  - {id: ADA-2, vehicle: ada_suv, quantity: top_speed, at_least: 170 km/h, assumption: invented}
  - {id: ADA-3, vehicle: ada_suv, quantity: gradeability, at_least: 30 %, assumption: invented}
""",
    "requirements/bob.yaml": """\
owner: bob
requirements:
  - {id: BOB-1, vehicle: bob_sedan, quantity: acceleration_0_100, at_most: 8 s, assumption: invented}
  - {id: BOB-2, vehicle: bob_sedan, quantity: wltp_consumption, at_most: 230 Wh/km, assumption: invented}
  - {id: BOB-3, vehicle: bob_awd, quantity: acceleration_0_100, at_most: 5.5 s, assumption: invented}
  - {id: BOB-4, vehicle: bob_awd, quantity: unit_mass, axle: front, at_most: 130 kg, assumption: invented}
  - {id: BOB-5, vehicle: all, quantity: rare_earth_mass, at_most: 0 kg, assumption: invented}
""",
    "kit/cooling.yaml": """\
assumption: invented
heat_flux: 20000 W/m^2
winding_temperature: 403 K
rotor_heat_share: 0.5
""",
    "kit/laminations.yaml": """\
laminations:
  - name: round
    assumption: invented
    pole_pairs: 3
    slots: 54
    outer_diameter: 242 mm
    bore_diameter: 165 mm
    saturation_flux_linkage: 0.17 Wb/m
    unsaturated_inductance: 7e-5 H/m
    saliency_ratio: 0.5
    leakage_inductance: 6e-6 H/m
    saturation_exponent: 2
    slot_copper_area: 0.0032 m^2
    slot_copper_height: 30 mm
    conductor_width_share: 0.7
    end_turn_length: 160 mm
    hysteresis_coefficient: 142
    eddy_coefficient: 0.5
    bearing_torque: 0.3 Nm
    windage: 5e-8 W*s^3/(m*rad^3)
    steel: 190 kg/m
    shaft: 15 kg/m
    housing_diameter: 260 mm
    housing: 30 kg/m
    housing_ends: 8 kg
    end_space_length: 90 mm
    max_speed: 17000 rpm
    field_winding:
      turns_ratio: 450
      turns_per_pole: 80
      current_limit: 18 A
      coil_side_copper_area: 3e-4 m^2
      end_turn_length: 60 mm
      leakage_inductance: 0 H/m
      brush_drop: 2 V
      exciter_efficiency: 93 %
      exciter_mass: 3 kg
      exciter_length: 50 mm
    development: {cost: 40 MEUR, tooling: 4 MEUR, available_from: 2025}
""",
    "kit/machines.yaml": """\
machines:
  - name: short
    assumption: invented
    lamination: round
    stack_length: 100 mm
    series_turns: 6
    parallel_paths: 6
    development: {cost: 15 MEUR, tooling: 2 MEUR, available_from: 2025}
  - name: long
    assumption: invented
    lamination: round
    stack_length: 140 mm
    series_turns: 6
    parallel_paths: 6
    development: {cost: 15 MEUR, tooling: 2 MEUR, available_from: 2025, parent: short, carry_over: 50 %}
""",
    "kit/inverters.yaml": """\
inverters:
  - &inverter
    name: small
    assumption: invented
    device: igbt
    voltage_class: 400 V
    current_limit: 600 A
    sets: 1
    threshold_voltage: 0.9 V
    slope_resistance: 1.2 mohm
    switching_energy: 4e-8 J/(V*A)
    switching_frequency: 10 kHz
    standby: 30 W
    voltage_utilisation: 95 %
    mass: 7 kg
    chip_pieces: 18
    length: 200 mm
    development: {cost: 20 MEUR, tooling: 2 MEUR, available_from: 2025}
  - {<<: *inverter, name: large, current_limit: 850 A, slope_resistance: 0.8 mohm, mass: 8 kg, chip_pieces: 24}
""",
    "kit/gears.yaml": """\
gears:
  - &gear
    name: slow
    assumption: invented
    ratio: 11
    stages: 2
    arrangement: parallel_axis
    torque_limit: 600 Nm
    speed_limit: 17500 rpm
    mesh_loss_share: 2 %
    drag_torque: 0.4 Nm
    drag: 5e-4 Nm*s/rad
    mass: 28 kg
    housing_share: 0.4
    centre_distance: 200 mm
    length: 120 mm
    development: {cost: 18 MEUR, tooling: 3 MEUR, available_from: 2025}
  - {<<: *gear, name: fast, ratio: 9}
""",
    "suppliers/parts.yaml": """\
parts:
  - {id: core, name: Machine parts, module_kind: machine}
  - {id: bridge, name: Inverter, module_kind: inverter, largest_share: {value: 70 %, assumption: invented}}
  - {id: wheels, name: Gear parts, module_kind: gear}
""",
    "suppliers/one.yaml": """\
id: one
name: Supplier One (invented)
region: EU
offers:
  - part: core
    assumption: invented
    price_factor: 1.0
    capacity_per_partner: 900000 pieces/year
    landed: {EU: 1.0, UK: 1.02}
    tiers:
      - {from_volume: 0 pieces/year, discount: 0 %}
      - {from_volume: 60000 pieces/year, discount: 4 %}
      - {from_volume: 90000 pieces/year, discount: 7 %}
  - part: bridge
    assumption: invented
    price_factor: 1.0
    capacity_per_partner: 900000 pieces/year
    landed: {EU: 1.0, UK: 1.02}
    tiers:
      - {from_volume: 0 pieces/year, discount: 0 %}
      - {from_volume: 50000 pieces/year, discount: 5 %}
""",
    "suppliers/two.yaml": """\
id: two
name: Supplier Two (invented)
region: UK
offers:
  - part: core
    assumption: invented
    price_factor: 1.03
    capacity_per_partner: 900000 pieces/year
    landed: {EU: 1.02, UK: 1.0}
    tiers:
      - {from_volume: 0 pieces/year, discount: 0 %}
      - {from_volume: 30000 pieces/year, discount: 5 %}
  - part: bridge
    assumption: invented
    price_factor: 1.02
    capacity_per_partner: 900000 pieces/year
    landed: {EU: 1.02, UK: 1.0}
    tiers:
      - {from_volume: 0 pieces/year, discount: 0 %}
      - {from_volume: 40000 pieces/year, discount: 4 %}
  - part: wheels
    assumption: invented
    price_factor: 1.0
    capacity_per_partner: 900000 pieces/year
    landed: {EU: 1.02, UK: 1.0}
    tiers:
      - {from_volume: 0 pieces/year, discount: 0 %}
      - {from_volume: 100000 pieces/year, discount: 6 %}
""",
    "plants/north.yaml": """\
id: north
name: North works
partner: ada
country: UK
logistics: {value: 10 EUR/piece, assumption: invented}
lines:
  - &line
    assumption: invented
    process: machine
    capacity: 60000 pieces/year
    existing: 0
    most: 3
    capital: 20 MEUR
    first_year_output: 60 %
    yearly_cost: 1 MEUR/year
    labour_time: 1 h
    wage: 35 EUR/h
  - {<<: *line, process: gear, capital: 15 MEUR}
  - {<<: *line, process: battery_pack, existing: 1}
""",
    "plants/south.yaml": """\
id: south
name: South works
partner: bob
country: DE
logistics: {value: 8 EUR/piece, assumption: invented}
lines:
  - assumption: invented
    process: machine
    capacity: 80000 pieces/year
    existing: 1
    most: 4
    capital: 25 MEUR
    first_year_output: 60 %
    yearly_cost: 1 MEUR/year
    labour_time: 0.8 h
    wage: 50 EUR/h
  - assumption: invented
    process: gear
    capacity: 80000 pieces/year
    existing: 1
    most: 4
    capital: 19 MEUR
    first_year_output: 60 %
    yearly_cost: 1 MEUR/year
    labour_time: 0.5 h
    wage: 50 EUR/h
  - assumption: invented
    process: battery_pack
    capacity: 150000 pieces/year
    existing: 1
    most: 2
    capital: 60 MEUR
    first_year_output: 60 %
    yearly_cost: 1 MEUR/year
    labour_time: 2 h
    wage: 50 EUR/h
""",
    "books/law.yaml": """\
kind: law
id: law
name: Invented laws
battery: {value: 110 EUR/kWh, assumption: invented}
machine:
  assumption: invented
  field_winding: {fixed: 470 EUR/piece, per_power: 4.8 EUR/kW}
  permanent_magnet: {fixed: 414 EUR/piece, per_power: 5.3 EUR/kW}
inverter:
  assumption: invented
  igbt: {fixed: 96 EUR/piece, per_power: 5.1 EUR/kW}
  sic: {fixed: 110 EUR/piece, per_power: 6.5 EUR/kW}
gear: {assumption: invented, fixed: 510 USD/piece, per_power: 3.5 USD/kW}
bought_share: {assumption: invented, core: 70 %, bridge: 95 %, wheels: 60 %}
""",
    "books/below.yaml": """\
kind: bottom_up
id: below
name: Invented materials
battery: {value: 110 EUR/kWh, assumption: invented}
overhead: {value: 10 %, assumption: invented}
materials:
  assumption: invented
  electrical steel: {price: 1.2 EUR/kg, scrap: 40 %}
  copper: {price: 10 EUR/kg, scrap: 10 %}
  aluminium: {price: 3.6 EUR/kg, scrap: 15 %}
  steel: {price: 1.5 EUR/kg, scrap: 10 %}
  rare-earth magnet: {price: 81 EUR/kg}
  electronics: {price: 20 EUR/kg}
parts:
  assumption: invented
  core: {materials: [electrical steel, copper, aluminium, steel, rare-earth magnet, electronics], add_on: 60 EUR/piece}
  bridge: {materials: [electronics], per_power: 4 EUR/kW}
  wheels: {materials: [steel, aluminium], add_on: 120 EUR/piece}
""",
    "scenarios.yaml": """\
scenarios:
  - {id: middle, name: As planned, factors: {assumption: invented, 2025: 1, 2026: 1, 2027: 1, 2028: 1}}
  - {id: low, name: A quarter of it, factors: {assumption: invented, 2025: 0.5, 2026: 0.3, 2027: 0.25, 2028: 0.25}}
""",
}


def write_programme(
    folder: Path, changes: dict[str, tuple[str, str]] | None = None, without: tuple[str, ...] = ()
) -> Path:
    """Write the programme below `folder`. `changes` maps a file to (text, replacement); the text must stand in it exactly once."""
    for name, text in FILES.items():
        if name in without:
            continue
        if changes and name in changes:
            old, new = changes[name]
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
