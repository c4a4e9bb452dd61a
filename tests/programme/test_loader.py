"""Reading a programme: what it holds, what it rests on, and what each way of breaking it is told."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from small_programme import FILES, write_programme

from halfshaft.programme import load_programme, modules_of
from halfshaft.quantities import InputError


def test_reads_si_and_keeps_the_basis(tmp_path: Path) -> None:
    """Quantities arrive in SI, dollars in euro, merged rows whole; every figure is in the ledger with its file and line."""
    programme = load_programme(write_programme(tmp_path))
    suv = programme.vehicle("ada_suv")
    assert suv.test_mass == 2200.0
    assert suv.speed_limit == pytest.approx(200 / 3.6)
    assert programme.book("law").gear.fixed == pytest.approx(510 * 0.95)  # type: ignore[union-attr]
    machine = programme.kit.kit.machines[0]
    assert machine.lamination.max_speed_rad_per_s == pytest.approx(17000 * math.pi / 30)
    assert {unit.gear.name for unit in programme.kit.units} == {"slow", "fast"}
    assert len(programme.kit.units) == 8
    figure = next(f for f in programme.ledger if f.file == "vehicles/ada_suv.yaml" and f.path == "test_mass")
    assert (figure.basis, figure.note, figure.text) == ("source", "an invented list, 2020", "2.2 t")
    assert FILES["vehicles/ada_suv.yaml"].splitlines()[figure.line - 1].startswith("test_mass")
    road_load = next(f for f in programme.ledger if f.path == "road_load.b" and "ada" in f.file)
    assert road_load.basis == "source"
    assert all(
        f.note == "invented"
        for f in programme.ledger.assumptions
        if f.file.startswith("kit/") and "development" not in f.path
    )


def test_requirements_bind_whom_they_name(tmp_path: Path) -> None:
    """A demand on all vehicles binds the owner's vehicles only; dropping it leaves the others."""
    programme = load_programme(write_programme(tmp_path))
    ids = {v.id: [r.id for r in programme.requirements_of(v)] for v in programme.vehicles}
    assert ids["ada_suv"] == ["ADA-1", "ADA-2", "ADA-3"]
    assert "BOB-5" in ids["bob_sedan"]
    assert "BOB-5" in ids["bob_awd"]


def test_units_know_their_modules(tmp_path: Path) -> None:
    """Each unit is a lamination, a machine, an inverter and a gear, each with a development of its own."""
    kit = load_programme(write_programme(tmp_path)).kit
    for unit in kit.units:
        keys = modules_of(unit)
        assert [kind for kind, _ in keys] == ["lamination", "machine", "inverter", "gear"]
        assert all(key in kit.developments for key in keys)


def test_optional_fields_arrive_in_si(tmp_path: Path) -> None:
    """Teams in hours, whichever way they are written; distances in m, energy in Wh; stages, sites and scenarios as stated."""
    programme = load_programme(write_programme(tmp_path))
    ada = programme.partner("ada")
    assert ada.teams["magnetics"][2023] == 60000.0
    assert ada.teams["electronics"][2023] == 20 * 1600.0
    assert programme.kit.developments["lamination", "round"].effort == {"magnetics": 60000.0}
    assert programme.vehicle("bob_awd").stage_years == (2026, 2028)
    assert programme.header.customer is not None
    assert programme.header.customer.lifetime_distance == 2e8
    assert [pack.up_to for pack in programme.header.battery_packs] == [80e3, 120e3]
    low = programme.scenario("low")
    assert low.factor(programme.vehicle("ada_suv"), 2028) == pytest.approx(0.2)
    assert low.factor(programme.vehicle("bob_sedan"), 2028) == pytest.approx(0.25)


BROKEN = [
    ("unknown key", "vehicles/ada_suv.yaml", "wheelbase:", "wheelbas:", ["ada_suv.yaml:14", "wheelbas", "unknown key", "spelling"]),
    ("missing field", "vehicles/ada_suv.yaml", "tyre_radius: {value: 0.36 m, assumption: invented}\n", "", ["ada_suv.yaml", "tyre_radius", "missing", "add it"]),
    ("wrong unit", "vehicles/ada_suv.yaml", "test_mass: {value: 2.2 t", "test_mass: {value: 2.2 m", ["ada_suv.yaml:5", "test_mass", "'2.2 m'", "kg"]),
    ("no unit", "vehicles/ada_suv.yaml", "test_mass: {value: 2.2 t", "test_mass: {value: 2200", ["ada_suv.yaml:5", "test_mass", "give the unit"]),
    ("decimal comma", "vehicles/ada_suv.yaml", "test_mass: {value: 2.2 t", "test_mass: {value: '2,2 t'", ["ada_suv.yaml:5", "decimal point"]),
    ("impossible number", "vehicles/ada_suv.yaml", "test_mass: {value: 2.2 t", "test_mass: {value: -2.2 t", ["ada_suv.yaml:5", "test_mass", "greater than 0"]),
    ("share above one", "vehicles/bob_sedan.yaml", "charging_efficiency: 86 %", "charging_efficiency: 860 %", ["bob_sedan.yaml:24", "battery.charging_efficiency", "at most 1"]),
    ("impossible car", "vehicles/ada_suv.yaml", "centre_of_gravity_height: {value: 0.6 m", "centre_of_gravity_height: {value: 2.6 m", ["ada_suv.yaml", "front axle"]),
    ("unknown partner", "vehicles/ada_suv.yaml", "partner: ada", "partner: eve", ["ada_suv.yaml:3", "'eve'", "ada, bob"]),
    ("unknown source", "vehicles/ada_suv.yaml", "test_mass: {value: 2.2 t, source: list", "test_mass: {value: 2.2 t, source: lost", ["ada_suv.yaml:5", "unknown source", "sources.yaml"]),
    ("volume outside the years", "vehicles/ada_suv.yaml", "  2028: 15000", "  2035: 15000", ["ada_suv.yaml:34", "2035", "2025 to 2028"]),
    ("coast-down of unknown units", "vehicles/ada_suv.yaml", "as_built: {rear: long/large/fast}\n", "", ["ada_suv.yaml:7", "road_load", "as_built"]),
    ("unknown unit", "vehicles/ada_suv.yaml", "long/large/fast", "long/huge/fast", ["ada_suv.yaml", "as_built.rear", "long/huge/fast"]),
    ("same key twice", "vehicles/ada_suv.yaml", "name: Ada SUV\n", "name: Ada SUV\nname: Ada\n", ["ada_suv.yaml:3", "duplicate"]),
    ("no YAML at all", "vehicles/ada_suv.yaml", "driven_axles: [rear]", "driven_axles: [rear", ["ada_suv.yaml", "YAML"]),
    ("unknown quantity", "requirements/ada.yaml", "quantity: top_speed", "quantity: topspeed", ["ada.yaml:4", "quantity", "topspeed", "top_speed"]),
    ("two relations", "requirements/ada.yaml", "at_least: 170 km/h", "at_least: 170 km/h, at_most: 190 km/h", ["ada.yaml:4", "exactly one relation"]),
    ("demand on another's car", "requirements/ada.yaml", "{id: ADA-2, vehicle: ada_suv", "{id: ADA-2, vehicle: bob_awd", ["ada.yaml:4", "vehicle of bob"]),
    ("demand on an axle that is not driven", "requirements/bob.yaml", "axle: front", "axle: middle", ["bob.yaml:6", "axle", "'front'"]),
    ("same id twice", "requirements/ada.yaml", "ADA-2", "ADA-1", ["ada.yaml:4", "exists already", "ada.yaml:3"]),
    ("no rate for a currency", "books/law.yaml", "510 USD/piece", "510 GBP/piece", ["law.yaml:13", "exchange", "GBP"]),
    ("price of the wrong kind", "books/law.yaml", "3.5 USD/kW", "3.5 USD/kg", ["law.yaml:13", "kW"]),
    ("part without a price", "books/law.yaml", ", wheels: 60 %", "", ["law.yaml:14", "'wheels'", "bought_share"]),
    ("tiers that fall", "suppliers/one.yaml", "discount: 7 %", "discount: 2 %", ["one.yaml", "may not fall"]),
    ("offer for no part", "suppliers/two.yaml", "part: wheels", "part: wheel", ["two.yaml:22", "unknown part", "wheels"]),
    ("too few sources", "suppliers/parts.yaml", "{value: 70 %", "{value: 40 %", ["parts.yaml:3", "largest_share", "cannot cover"]),
    ("contracts with a hole", "programme.yaml", "{from_year: 2027, to_year: 2028}", "{from_year: 2028, to_year: 2028}", ["programme.yaml", "contracts must cover"]),
    ("unknown book", "programme.yaml", "reference_book: law", "reference_book: lore", ["programme.yaml", "reference_book", "below, law"]),
    ("unknown parent", "kit/machines.yaml", "parent: short", "parent: tall", ["machines.yaml", "unknown parent 'tall'"]),
    ("impossible winding", "kit/machines.yaml", "    stack_length: 100 mm\n    series_turns: 16", "    stack_length: 100 mm\n    series_turns: 17", ["machines.yaml:2", "slots"]),
    ("unknown machine", "kit/laminations.yaml", "machine: gen5_class_eesm", "machine: gen5_class_eesn", ["laminations.yaml:4", "laminations.0.machine", "no such machine", "gen5_class_eesm"]),
    ("unwanted field winding", "kit/laminations.yaml", "machine: gen5_class_eesm", "machine: ipace_class_ipm", ["laminations.yaml:13", "field_winding", "has no field winding", "remove"]),
    ("stator without bars", "kit/laminations.yaml", "machine: gen5_class_eesm", "machine: zoe", ["laminations.yaml", "slot_copper_height", "does not tell", "state"]),
    ("too few currents", "programme.yaml", "d_nodes: 6", "d_nodes: 3", ["programme.yaml", "d_nodes", "at least 4"]),
    ("unknown lamination", "kit/machines.yaml", "  - name: long\n    assumption: invented\n    lamination: round", "  - name: long\n    assumption: invented\n    lamination: oval", ["machines.yaml:11", "'oval'", "round"]),
    ("fewer lines allowed than stand", "plants/south.yaml", "    existing: 1\n    most: 2", "    existing: 3\n    most: 2", ["south.yaml:29", "below `existing`"]),
    ("scenario with a hole", "scenarios.yaml", "2027: 0.25, 2028: 0.25", "2027: 0.25", ["scenarios.yaml:3", "2028"]),
    ("stage before the launch", "vehicles/bob_awd.yaml", "year: 2028, change_cost", "year: 2026, change_cost", ["bob_awd.yaml", "stages", "after 2026"]),
    ("delay beyond the first stage", "vehicles/ada_suv.yaml", "latest_delay: 1", "latest_delay: 4", ["ada_suv.yaml", "latest_delay", "4 year"]),
    ("unknown site", "vehicles/bob_sedan.yaml", "assembly_site: bob_hill", "assembly_site: bob_dale", ["bob_sedan.yaml:33", "assembly_site", "'bob_dale'", "ada_town, bob_hill"]),
    ("another's site", "vehicles/bob_sedan.yaml", "assembly_site: bob_hill", "assembly_site: ada_town", ["bob_sedan.yaml:33", "a site of ada builds a car of bob"]),
    ("lane to nowhere", "plants/north.yaml", "bob_hill: 25 EUR/piece", "bob_dale: 25 EUR/piece", ["north.yaml:6", "lanes.bob_dale", "unknown site", "bob_hill"]),
    ("ramp that falls", "plants/north.yaml", "[50 %, 90 %]", "[90 %, 50 %]", ["north.yaml", "a ramp may not fall"]),
    ("two ramps", "plants/south.yaml", "    lead: 1\n", "    lead: 1\n    ramp: [50 %]\n", ["south.yaml", "`ramp` or `first_year_output`"]),
    ("learning that begins late", "plants/north.yaml", "from_pieces: 0 pieces", "from_pieces: 10 pieces", ["north.yaml", "must start at 0 pieces"]),
    ("shift without gain", "plants/north.yaml", "output: 1.25", "output: 0.9", ["north.yaml:16", "output", "greater than 1"]),
    ("tiers and terms", "suppliers/two.yaml", "    step_down: 1 %\n", "    step_down: 1 %\n    tiers: [{from_volume: 0 pieces/year, discount: 0 %}]\n", ["two.yaml", "`tiers`", "`terms`", "not both"]),
    ("unknown terms", "suppliers/two.yaml", "    step_down: 1 %\n    terms: basket", "    step_down: 1 %\n    terms: bucket", ["two.yaml:21", "unknown terms", "'bucket'", "basket"]),
    ("incremental pieces", "suppliers/two.yaml", "basis: money", "basis: pieces", ["two.yaml", "incremental tiers count money"]),
    ("terms that start late", "suppliers/two.yaml", "from_spend: 0 EUR/year", "from_spend: 1 EUR/year", ["two.yaml", "must start at 0"]),
    ("supply of a stranger", "programme.yaml", "[[ada, bob]]", "[[ada, eve]]", ["programme.yaml", "cross_supply", "'eve'", "ada, bob"]),
    ("duty without a rule's heading", "programme.yaml", 'heading: "8501"', 'heading: "8714"', ["programme.yaml", "duties.0.heading", "'8714'", "8501"]),
    ("duty from nowhere", "programme.yaml", "{kind: machine, origin: UK", "{kind: machine, origin: US", ["programme.yaml", "duties.0.origin", "'US'", "EU, UK"]),
    ("battery without a pack", "programme.yaml", "up_to: 120 kWh", "up_to: 90 kWh", ["bob_awd.yaml", "usable_energy", "battery_packs"]),
    ("skill without a team", "programme.yaml", "      gears: {2023: 20 year, 2024: 20 year, 2025: 10 year}\n", "", ["programme.yaml", "partners.0.teams", "'gears'", "hours by year"]),
    ("work in the wrong unit", "kit/gears.yaml", "effort: {gears: 20 year}", "effort: {gears: 20 kg}", ["gears.yaml", "effort", "engineer-years"]),
    ("price without a figure", "programme.yaml", "  lifetime_distance: 200000 km\n", "  lifetime_distance: 200000 km\n  priced: [carbon]\n", ["programme.yaml", "customer", "carbon_price"]),
    ("scenario of an unknown car", "scenarios.yaml", "vehicles: {ada_suv", "vehicles: {ada_van", ["scenarios.yaml:3", "'ada_van'", "ada_suv"]),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_says_what_is_wrong_and_where(tmp_path: Path, file: str, old: str, new: str, said: list[str]) -> None:
    """Each broken programme is refused with file, line, field, value and what would be right."""
    with pytest.raises(InputError) as caught:
        load_programme(write_programme(tmp_path, {file: (old, new)}))
    for words in said:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "missing", ["programme.yaml", "kit/gears.yaml", "scenarios.yaml", "suppliers/parts.yaml", "requirements/ada.yaml"]
)
def test_names_a_missing_file(tmp_path: Path, missing: str) -> None:
    """A file that is not there is named; requirements of one partner alone may be absent only as a whole folder."""
    folder = write_programme(tmp_path, without=(missing,))
    if missing.startswith("requirements"):
        (folder / "requirements/bob.yaml").unlink()
        missing = "requirements/"
    with pytest.raises(InputError, match=missing):
        load_programme(folder)


def test_names_every_problem_at_once(tmp_path: Path) -> None:
    """Three mistakes in three files are three problems in one error."""
    changes = {
        "vehicles/ada_suv.yaml": ("partner: ada", "partner: 7"),
        "books/law.yaml": ("3.5 USD/kW", "3.5 USD/kg"),
        "programme.yaml": ("currency: EUR", "currency: XYZ"),
    }
    with pytest.raises(InputError) as caught:
        load_programme(write_programme(tmp_path, changes))
    assert {problem.file for problem in caught.value.problems} >= {
        "vehicles/ada_suv.yaml",
        "books/law.yaml",
        "programme.yaml",
    }


def test_no_folder_is_no_programme(tmp_path: Path) -> None:
    """A folder that does not exist is named."""
    with pytest.raises(InputError, match="no such programme folder"):
        load_programme(tmp_path / "nowhere")


def test_a_bare_figure_is_an_assumption(tmp_path: Path) -> None:
    """A figure without a basis is listed as an assumption that states none; it is never taken as sourced."""
    changes = {"vehicles/ada_suv.yaml": ("tyre_radius: {value: 0.36 m, assumption: invented}", "tyre_radius: 0.36 m")}
    programme = load_programme(write_programme(tmp_path, changes))
    figure = next(f for f in programme.ledger if f.path == "tyre_radius" and "ada" in f.file)
    assert figure.basis == "assumption"
    assert "no basis" in figure.note
