"""From programme and tables to the planning problem: every field arrives, options are those of the table, defaults stay as they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_programme import FOLDER

from halfshaft.plan import Plan, solve_plan
from halfshaft.plan.build import ModuleRating, build_instance, module_law
from halfshaft.plan.instance import BATTERY_PACK, PlanInstance, Slot
from halfshaft.programme import Development, ModuleKey, Programme, load_programme, modules_of
from halfshaft.verification import ABLE, NO_UNIT, VOLTAGE, VehicleTable
from halfshaft.verification.table import FIGURES, Demand

BOTH = ("ada", "bob")


@pytest.fixture(scope="module")
def programme() -> Programme:
    """The invented programme as it stands in the project."""
    return load_programme(FOLDER)


def _tables(programme: Programme) -> tuple[VehicleTable, ...]:
    """Tables with drawn figures and masks: what physics says does not matter here."""
    rng = np.random.default_rng(7)
    names = tuple(unit.name for unit in programme.kit.units)
    tables = []
    for vehicle in programme.vehicles:
        fronts, rears = (names if axle in vehicle.driven_axles else (NO_UNIT,) for axle in ("front", "rear"))
        shape = (len(fronts), len(rears))
        figures = {name: rng.uniform(100.0, 200.0, shape) for name in FIGURES}
        masks = {VOLTAGE: rng.random(shape) < 0.95, ABLE: rng.random(shape) < 0.95, "fast": rng.random(shape) < 0.6}
        demands = tuple(
            Demand(name, vehicle.partner, "top_speed", "at_least", 1.0, None, mask, np.zeros(shape))
            for name, mask in masks.items()
        )
        tables.append(VehicleTable(vehicle.id, vehicle.partner, fronts, rears, figures, {}, {}, demands))
    return tuple(tables)


def _ratings(programme: Programme) -> dict[tuple[str, str], ModuleRating]:
    variant = {"machine": "field_winding", "inverter": "igbt", "gear": "parallel_axis"}
    materials = {"electrical steel": 40.0, "copper": 12.0, "steel": 15.0}
    keys = sorted(key for key in programme.kit.developments if key[0] in variant)
    return {key: ModuleRating(150.0 + 10.0 * n, variant[key[0]], materials) for n, key in enumerate(keys)}


def _build(
    programme: Programme,
    *,
    partners: tuple[str, ...] = BOTH,
    scenario: str | tuple[str, ...] = "middle",
    book: str = "law",
    dropped: frozenset[str] = frozenset(),
    exponent: float | None = None,
) -> PlanInstance:
    return build_instance(
        programme,
        _tables(programme),
        _ratings(programme),
        book=book,
        scenario=scenario,
        partners=partners,
        dropped=dropped,
        exponent=exponent,
    )


def _names(instance: PlanInstance, slot: Slot) -> list[tuple[str, ...]]:
    return [tuple(instance.units[unit].id for unit in row) for row in slot.units]


def _plain(programme: Programme) -> Programme:
    """The same programme as it would have been written before it could state any of the optional fields."""
    header = programme.header.model_copy(
        update={
            "sites": (),
            "cross_supply": (),
            "duties": (),
            "cumulation": {},
            "battery_packs": (),
            "customer": None,
            "partners": tuple(partner.model_copy(update={"teams": {}}) for partner in programme.header.partners),
        }
    )
    vehicles = tuple(
        vehicle.model_copy(update={"stages": (), "latest_delay": 0, "lost_margin": 0.0, "assembly_site": None})
        for vehicle in programme.vehicles
    )
    return replace(programme, header=header, vehicles=vehicles)


@pytest.mark.parametrize("dropped", [frozenset(), frozenset({"fast"}), frozenset({"fast", VOLTAGE, ABLE})])
def test_options_are_what_the_table_allows(programme: Programme, dropped: frozenset[str]) -> None:
    """Cell by cell: all demands hold but those dropped, voltage and driving always, and no other option is there."""
    instance = _build(programme, dropped=dropped)
    for table in _tables(programme):
        slot = instance.slot[table.vehicle]
        expected = []
        for i, front in enumerate(table.fronts):
            for j, rear in enumerate(table.rears):
                holds = {demand.id: bool(demand.mask[i, j]) for demand in table.demands}
                if all(holds[name] for name in holds if name not in dropped or name in (VOLTAGE, ABLE)):
                    units = [name for name in (front, rear) if name != NO_UNIT]
                    expected.append((*units, "big" if table.vehicle == "bob_awd" else "small"))
        assert _names(instance, slot) == expected
        assert slot.positions[-1] == "battery"


def test_a_unit_comes_once_its_modules_are_there(programme: Programme) -> None:
    """A gear of 2028 is no option at a launch in 2026, is one after a delay until then, and is one for the facelift of 2028."""
    gear = ("gear", "fast")
    later = programme.kit.developments[gear].model_copy(update={"available_from": 2028})
    kit = replace(programme.kit, developments={**programme.kit.developments, gear: later})
    changed = replace(programme, kit=kit)

    def has_gear(instance: PlanInstance, slot: str) -> bool:
        return any("/fast" in name for row in _names(instance, instance.slot[slot]) for name in row)

    instance = _build(changed)
    assert not has_gear(instance, "bob_awd")
    assert has_gear(instance, "bob_awd/2028")
    assert instance.module[gear].earliest == 3
    slow = tuple(v.model_copy(update={"latest_delay": 2, "stages": ()}) for v in changed.vehicles)
    assert has_gear(_build(replace(changed, vehicles=slow)), "bob_awd")


def test_stages_share_out_the_years(programme: Programme) -> None:
    """Each year's cars belong to one stage; a facelift follows the launch and has its price of change."""
    instance = _build(programme)
    first, second = instance.slot["bob_awd"], instance.slot["bob_awd/2028"]
    (scenario,) = instance.scenarios
    assert scenario.volumes["bob_awd"] == (0.0, 15000.0, 25000.0, 0.0)
    assert scenario.volumes["bob_awd/2028"] == (0.0, 0.0, 0.0, 25000.0)
    assert (second.follows, second.change_cost, second.start) == ("bob_awd", 5e6, 3)
    assert (first.follows, first.change_cost, first.start) == (None, 0.0, 1)
    suv = instance.slot["ada_suv"]
    assert (suv.latest_delay, suv.lost_per_car) == (1, 4000.0)


def test_several_scenarios_at_once(programme: Programme) -> None:
    """Probabilities add up to 1 whichever are named; a factor on one vehicle multiplies that on all."""
    instance = _build(programme, scenario=("middle", "low"))
    assert [s.id for s in instance.scenarios] == ["middle", "low"]
    assert [s.probability for s in instance.scenarios] == pytest.approx([0.7, 0.3])
    assert instance.scenarios[1].volumes["ada_suv"] == (6000.0, 6000.0, 5000.0, 3000.0)
    assert instance.scenarios[1].volumes["bob_sedan"][3] == 15000.0
    (alone,) = _build(programme, scenario="low").scenarios
    assert alone.probability == 1.0
    assert alone.volumes == instance.scenarios[1].volumes


def test_a_car_pays_and_counts(programme: Programme) -> None:
    """Extra battery against the most frugal option; energy and carbon of 200,000 km counted, and paid where they are priced."""
    instance = _build(programme)
    table = next(t for t in _tables(programme) if t.vehicle == "bob_sedan")
    slot = instance.slot["bob_sedan"]
    frugal = np.where(table.holding(frozenset({"fast"})), table.figures["wltp_dc"], np.inf).min()
    column = table.rears.index(instance.units[slot.units[0, 0]].id)
    more_kwh = (table.figures["wltp_dc"][0, column] - frugal) * 550 / 1000
    assert slot.per_car["extra battery"][0] == pytest.approx(more_kwh * 110)
    energy_kwh = table.figures["wltp_consumption"][0, column] * 200_000 / 1000
    assert slot.reported["customer energy kWh"][0] == pytest.approx(energy_kwh)
    metals = 3 * (40.0 * 2.5 + 12.0 * 4.0 + 15.0 * 2.0)
    carbon_kg = energy_kwh * 0.3 + more_kwh * 80 + metals
    assert slot.reported["carbon kg"][0] == pytest.approx(carbon_kg)
    assert set(slot.per_car) == {"extra battery"}
    assert programme.header.customer is not None
    use = programme.header.customer.model_copy(update={"priced": ("customer energy", "carbon"), "carbon_price": 0.1})
    priced = _build(replace(programme, header=programme.header.model_copy(update={"customer": use}))).slot["bob_sedan"]
    assert priced.per_car["customer energy"][0] == pytest.approx(energy_kwh * 0.3)
    assert priced.per_car["carbon"][0] == pytest.approx(carbon_kg * 0.1)


def test_units_and_what_goes_into_them(programme: Programme) -> None:
    """A unit names machine, inverter and gear; the lamination comes with the machine; packs are units of their own."""
    instance = _build(programme)
    assert {kind.id: kind.process for kind in instance.kinds} == {
        "lamination": None,
        "machine": "machine",
        "inverter": None,
        "gear": "gear",
        BATTERY_PACK: BATTERY_PACK,
    }
    unit = programme.kit.units[0]
    row = next(index for index, known in enumerate(instance.units) if known.id == unit.name)
    keys = {instance.modules[column].key for column in instance.unit_content[row].indices}
    assert keys == set(modules_of(unit))
    assert {unit.id for unit in instance.units[len(programme.kit.units) :]} == {"small", "big"}
    assert instance.module[BATTERY_PACK, "small"].value == pytest.approx(80 * 110)
    assert instance.module["machine", "long"].effort == {"magnetics": 20000.0}
    assert instance.module["inverter", "small"].effort == {"electronics": 25 * 1600.0}
    assert {(t.partner, t.skill) for t in instance.teams} == {
        (p, s) for p in BOTH for s in ("magnetics", "electronics", "gears")
    }
    assert instance.teams[0].hours[2023] in (60000.0, 32000.0)


def test_lanes_and_who_supplies_whom(programme: Programme) -> None:
    """One partner's plant serves the other's site by its lane and with leave, together only."""
    instance = _build(programme)
    north, south = instance.plant["north"], instance.plant["south"]
    assert dict(north.lanes) == {"ada_town": 10.0, "bob_hill": 25.0}
    assert dict(south.lanes) == {"bob_hill": 8.0}
    assert instance.cross_supply == (("ada", "bob"),)
    assert instance.may_supply(north, instance.site["bob_hill"])
    assert not instance.may_supply(south, instance.site["ada_town"])
    alone = _build(programme, partners=("ada",))
    assert alone.cross_supply == ()
    assert [site.id for site in alone.sites] == ["ada_town"]
    assert alone.duties == ()


def test_lines_carry_lead_ramp_shifts_learning_and_overflow(programme: Programme) -> None:
    """What a line's row states arrives; an old `first_year_output` is a ramp of one year."""
    lines = {(line.plant, line.process): line for line in _build(programme).lines}
    north, south = lines["north", "machine"], lines["south", "machine"]
    assert (north.lead, north.ramp, north.overflow_cost) == (0, (0.5, 0.9), 400.0)
    assert [(s.id, s.output, s.yearly_cost) for s in north.shifts] == [("weekend", 1.25, 2e6)]
    assert north.learning == ((0.0, 1.0), (50000.0, 0.9))
    assert (south.lead, south.ramp, south.learning) == (1, (0.6,), ((0.0, 1.0),))
    assert lines["south", "gear"].overflow_cost is None


def test_terms_and_offers(programme: Programme) -> None:
    """An offer's own tiers are terms of one offer; a supplier's terms are named by all its offers that have them."""
    instance = _build(programme)
    offers = {(offer.supplier, offer.part): offer for offer in instance.offers}
    core, bridge, wheels = (offers["two", part] for part in ("core", "bridge", "wheels"))
    assert instance.term["two/core"].tiers == ((0.0, 0.0), (30000.0, 0.05))
    assert bridge.terms == wheels.terms == "two/basket"
    basket = instance.term["two/basket"]
    assert (basket.kind, basket.basis, basket.tiers) == (
        "incremental",
        "money",
        ((0.0, 0.0), (40e6, 0.05), (80e6, 0.08)),
    )
    assert (core.tooling, bridge.least, bridge.step_down) == (1e6, 1000.0, 0.01)
    assert (core.origin, wheels.origin) == ("UK", "CN")
    assert instance.part["core"].most_suppliers == 1
    assert all(set(offer.landed) == {"EU", "UK"} for offer in instance.offers)


def test_duties_follow_the_rules_of_origin(programme: Programme) -> None:
    """Half may be foreign in a machine; a gear set whose foreign parts change heading may hold any share; packs switch in 2027."""
    duties = {duty.kind: duty for duty in _build(programme).duties}
    assert duties["machine"].most_foreign == (0.5,) * 4
    assert duties["gear"].most_foreign == (1.0,) * 4
    assert duties[BATTERY_PACK].most_foreign == (0.7, 0.7, 0.3, 0.3)
    assert duties["machine"].rate == pytest.approx((0.027,) * 4)
    as_good = tuple(p.model_copy(update={"heading": "8708"}) if p.id == "wheels" else p for p in programme.parts)
    gear = next(d for d in _build(replace(programme, parts=as_good)).duties if d.kind == "gear")
    assert gear.most_foreign == (0.5,) * 4
    late = tuple(d.model_copy(update={"from_year": 2027, "rule": None}) for d in programme.header.duties)
    header = programme.header.model_copy(update={"duties": late})
    stated = _build(replace(programme, header=header)).duties[0]
    assert stated.rate == pytest.approx((0.0, 0.0, 0.027, 0.027))
    assert stated.most_foreign == (None,) * 4


def test_what_is_not_stated_stays_as_it_was(programme: Programme) -> None:
    """Without any optional field: a site per partner at the plants' plain cost, a pack per battery, no teams, no duty, one slot a car."""
    instance = _build(_plain(programme))
    assert [(site.id, site.partner, site.zone) for site in instance.sites] == [
        ("ada", "ada", "UK"),
        ("bob", "bob", "EU"),
    ]
    assert dict(instance.plant["south"].lanes) == {"bob": 8.0}
    assert [slot.id for slot in instance.slots] == ["ada_suv", "bob_awd", "bob_sedan"]
    assert {key for key in instance.module if key[0] == BATTERY_PACK} == {
        (BATTERY_PACK, "80_kwh_390_v"),
        (BATTERY_PACK, "100_kwh_390_v"),
    }
    assert instance.module[BATTERY_PACK, "80_kwh_390_v"].development == 0.0
    assert instance.teams == ()
    assert all(not module.effort for module in instance.modules)
    assert all(slot.reported == {} for slot in instance.slots)


@pytest.mark.parametrize("exponent", [-0.06, -0.15, -0.245, -0.3])
def test_a_law_of_volume_in_place_of_parts(programme: Programme, exponent: float) -> None:
    """Under a law book the whole module follows the law and has no lines; from below only what is bought does, and lines stay."""
    instance = _build(programme, exponent=exponent)
    assert instance.parts == instance.offers == instance.terms == ()
    key = ("machine", "long")
    law = instance.module[key].law
    assert law is not None
    assert (law.exponent, law.reference_volume) == (exponent, 200_000.0)
    assert law.unit_cost == pytest.approx(module_law(programme.book("law"), key, _ratings(programme)[key]))  # type: ignore[arg-type]
    assert instance.module["lamination", "round"].law is None
    assert {line.process for line in instance.lines} == {BATTERY_PACK}
    below = _build(programme, book="below", exponent=exponent)
    assert {line.process for line in below.lines} == {"machine", "gear", BATTERY_PACK}
    assert below.module[key].law is not None


def test_alone_is_the_same_question_as_together(programme: Programme) -> None:
    """Slots, modules, kinds, plants and lines of a partner alone are those that it has in the joint problem, but for lanes to others."""
    together = _build(programme)
    for partner in BOTH:
        alone = _build(programme, partners=(partner,))
        assert alone.kinds == together.kinds
        assert {module.key for module in alone.modules} <= {module.key for module in together.modules}
        assert all(together.module[module.key] == module for module in alone.modules)
        for slot in alone.slots:
            assert _names(alone, slot) == _names(together, together.slot[slot.id])
            assert alone.scenarios[0].volumes[slot.id] == together.scenarios[0].volumes[slot.id]
        assert all(line in together.lines for line in alone.lines)
        assert all(team in together.teams for team in alone.teams)
        for one, both in zip(alone.offers, together.offers, strict=True):
            assert replace(both, landed=one.landed) == one
            assert set(one.landed.items()) <= set(both.landed.items())


def test_a_partner_without_pack_lines_plans_no_packs(programme: Programme) -> None:
    """Who has no line for packs buys them outside the plan; the other's cars have theirs."""
    plants = tuple(
        plant.model_copy(update={"lines": tuple(line for line in plant.lines if line.process != BATTERY_PACK)})
        if plant.partner == "ada"
        else plant
        for plant in programme.plants
    )
    instance = _build(replace(programme, plants=plants))
    assert instance.slot["ada_suv"].positions == ("rear",)
    assert instance.slot["bob_sedan"].positions == ("rear", "battery")


def test_refuses_what_is_not_there(programme: Programme) -> None:
    """An unknown partner, scenario or book is named; an exponent out of range is told."""
    with pytest.raises(KeyError, match="eve"):
        _build(programme, partners=("ada", "eve"))
    with pytest.raises(KeyError, match="never"):
        _build(programme, scenario="never")
    with pytest.raises(KeyError, match="lore"):
        _build(programme, book="lore")
    with pytest.raises(ValueError, match="exponent"):
        _build(programme, exponent=0.2)


_ROTOR = Development.model_validate(
    {"cost": "5 MEUR", "tooling": "0.5 MEUR", "available_from": 2025, "effort": {"magnetics": "3000 h"}},
    context={"rates": {"EUR": 1.0}},
)
_HOUSING = _ROTOR.model_copy(update={"cost": 3e6, "tooling": 0.4e6, "effort": {"magnetics": 2000.0}})


def _divided(programme: Programme, rotors: dict[str, str], housings: dict[tuple[str, str], str]) -> Programme:
    """The programme with rotors and housings of their own, their money and hours taken out of the machines' figures."""
    developments: dict[ModuleKey, Development] = dict(programme.kit.developments)
    for machine in ("short", "long"):
        whole = developments["machine", machine]
        taken = [_ROTOR] if machine in rotors else []
        taken += [_HOUSING] if housings else []
        developments["machine", machine] = whole.model_copy(
            update={
                "cost": whole.cost - sum(one.cost for one in taken),
                "tooling": whole.tooling - sum(one.tooling for one in taken),
                "effort": {"magnetics": whole.effort["magnetics"] - sum(one.effort["magnetics"] for one in taken)},
            }
        )
    developments |= {("rotor", name): _ROTOR for name in rotors.values()}
    developments |= {("housing", name): _HOUSING for name in housings.values()}
    return replace(
        programme,
        kit=replace(programme.kit, developments=developments, rotor_of=rotors, housing_of=housings),
    )


_PAIRS = [(machine, gear) for machine in ("short", "long") for gear in ("slow", "fast")]
_SHARED, _OWN = {"short": "r", "long": "r"}, {"short": "r_short", "long": "r_long"}


def test_a_unit_alone_takes_what_it_took(programme: Programme) -> None:
    """With a rotor and a housing of its own each unit has the same money, tools and hours in all, and the same options and parts."""
    housings = dict.fromkeys(_PAIRS, "h")
    plain, divided = _build(programme), _build(_divided(programme, _OWN, housings))
    for one, other in zip(plain.units, divided.units, strict=True):
        whole, parts = (
            [i.modules[column] for column in i.unit_content[row].indices]
            for i, row in ((plain, plain.units.index(one)), (divided, divided.units.index(other)))
        )
        assert one.id == other.id
        for name in ("development", "tooling"):
            assert sum(getattr(m, name) for m in parts) == pytest.approx(sum(getattr(m, name) for m in whole))
        assert sum(m.effort.get("magnetics", 0.0) for m in parts) == pytest.approx(
            sum(m.effort.get("magnetics", 0.0) for m in whole)
        )
        keys = {module.key for module in parts}
        assert keys - {module.key for module in whole} == {
            ("rotor", _OWN[machine]) for kind, machine in keys if kind == "machine"
        } | {("housing", "h") for kind, _ in keys if kind == "machine"}
    assert divided.parts == plain.parts
    assert divided.offers == plain.offers
    for slot in plain.slots:
        assert np.array_equal(slot.units, divided.slot[slot.id].units)
    assert [kind.id for kind in divided.kinds] == [
        "lamination",
        "machine",
        "inverter",
        "gear",
        "rotor",
        "housing",
        BATTERY_PACK,
    ]
    assert all(kind.process is None for kind in divided.kinds if kind.id in ("rotor", "housing"))


def _with_both_machines(instance: PlanInstance) -> PlanInstance:
    """Ada's cars on the short machine, Bob's on the long one: then both are developed in every plan."""

    def taken(slot: Slot) -> Slot:
        name = "short" if slot.vehicle == "ada_suv" else "long"
        of = [[unit.split("/")[0] for unit in units[:-1]] for units in _names(instance, slot)]
        return slot.only([index for index, machines in enumerate(of) if set(machines) == {name}])

    return replace(instance, slots=tuple(taken(slot) for slot in instance.slots))


def _solved(programme: Programme) -> Plan:
    return solve_plan(_with_both_machines(_build(programme)), gap=1e-6, time_limit=60.0)


def _development(plan: Plan) -> float:
    return plan.evaluation.by_line()["development"]


def test_a_shared_rotor_and_housing_are_paid_once(programme: Programme) -> None:
    """Two machines in one plan: with rotors of their own they cost what they did, with a shared one less by one rotor."""
    plain = _plain(programme)
    parentless = {
        key: development.model_copy(update={"parent": None, "carry_over": 0.0, "effort": {"magnetics": 1e4}})
        for key, development in plain.kit.developments.items()
    }
    plain = replace(plain, kit=replace(plain.kit, developments=parentless))
    before, own = _solved(plain), _solved(_divided(plain, _OWN, {}))
    assert own.objective == pytest.approx(before.objective, rel=1e-5)
    shared = _solved(_divided(plain, _SHARED, {}))
    assert {key for key in shared.developed if key[0] == "rotor"} == {("rotor", "r")}
    assert {key for key in own.developed if key[0] == "rotor"} == {("rotor", "r_short"), ("rotor", "r_long")}
    launches = [own.decisions.launch["rotor", name] for name in _OWN.values()]
    assert shared.decisions.launch["rotor", "r"] == min(launches)
    saved = _development(own) - _development(shared)
    assert saved == pytest.approx(_ROTOR.cost * own.instance.calendar.before_launch(max(launches)))
    assert shared.objective <= own.objective - saved * (1.0 - 1e-3)
    cased = _solved(_divided(plain, _SHARED, dict.fromkeys(_PAIRS, "h")))
    assert {key for key in cased.developed if key[0] == "housing"} == {("housing", "h")}
    assert cased.objective < shared.objective
