"""A search on disk: what may vary, what is demanded, what things cost, and from which unit of which kit the search starts.

The kit lends what no drawing tells, and the vehicle whose cycle the unit drives; dimensions are called as a machine's file calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from halfshaft.drive_unit.design_search.alter import Winding
from halfshaft.drive_unit.design_search.build import Base, check_base, starting_choice, unit_of
from halfshaft.drive_unit.design_search.coarse_field import FieldEffort
from halfshaft.drive_unit.design_search.judge import Demands, Prices
from halfshaft.drive_unit.design_search.space import Choice, DesignSpace, Dimension, Follower
from halfshaft.drive_unit.gear import GearSet
from halfshaft.drive_unit.geometry.templates import MachineTemplate
from halfshaft.programme.dimension_path import NoDimension, find_dimension
from halfshaft.programme.fields import (
    Length,
    Mass,
    MassLimit,
    MoneyPerMass,
    MoneyPerPiece,
    Power,
    Share,
    Speed,
    Strict,
    Torque,
    Voltage,
)
from halfshaft.programme.kit import key_and_unit as kit_names
from halfshaft.programme.loader import load_programme
from halfshaft.programme.machine_file import key_and_unit, load_machine, machine_names
from halfshaft.programme.model import RoadLoadCoefficients, RoadLoadDrag
from halfshaft.programme.programme import Programme
from halfshaft.programme.yaml_tree import Path_, YamlTree, read_yaml
from halfshaft.quantities import InputError, Ledger, Problem, UnitError, parse_quantity
from halfshaft.vehicle import CYCLE_NAMES, Battery, RoadLoad, Vehicle

N = TypeVar("N")
Nodes = Annotated[int, Field(ge=3)]
Objective = Literal["mass", "cost", "cycle_loss"]


class SearchEffort(Strict):
    """How long the search goes on, and over how many currents of d, q and field it computes fields and their losses.

    Each generation tries, beside its population, ``refinements`` designs that share a computed field.
    """

    population: Annotated[int, Field(ge=4)] = 28
    generations: Annotated[int, Field(ge=1)] = 16
    refinements: Annotated[int, Field(ge=0)] = 60
    seed: int = 1
    field_nodes: tuple[Nodes, Nodes, Nodes] = FieldEffort().nodes
    loss_nodes: tuple[Nodes, Nodes, Nodes] = FieldEffort().loss_nodes

    @property
    def field(self) -> FieldEffort:
        """How finely fields are computed."""
        return FieldEffort(self.field_nodes, self.loss_nodes)


class _Windings(Strict):
    series_turns: Annotated[int, Field(ge=1)]
    parallel_paths: Annotated[int, Field(ge=1)]


class _Demands(Strict):
    dc_voltage: Voltage
    axle_torque: Torque | None = None
    motor_torque: Torque | None = None
    power: Power | None = None
    top_speed: Speed | None = None
    power_at_top_speed: Power | None = None
    continuous_power: Power | None = None
    mass: Mass | None = None
    diameter: Length | None = None
    length: Length | None = None
    rare_earth: MassLimit | None = None


class _Price(Strict):
    price: MoneyPerMass
    scrap: Share = 0.0


class _Prices(Strict):
    materials: Mapping[str, _Price]
    chip: MoneyPerPiece


class _Vehicle(Strict):
    test_mass: Mass
    tyre_radius: Length
    road_load: RoadLoadCoefficients | RoadLoadDrag


class _File(Strict):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    kit: str
    template: str | None = None
    machine: str
    gear: str
    inverters: Annotated[tuple[str, ...], Field(min_length=1)]
    vehicle: str | _Vehicle
    cycle: str = "wltc_3b"
    variables: Mapping[str, Any]
    windings: Annotated[tuple[_Windings, ...], Field(min_length=1)]
    demands: _Demands
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1)]
    prices: _Prices
    search: SearchEffort = SearchEffort()


@dataclass(frozen=True)
class Search:
    """A search as its file states it, everything that it names looked up. ``start`` is the unit that it wants to beat."""

    name: str
    base: Base
    space: DesignSpace
    start: Choice
    demands: Demands
    prices: Prices
    objectives: tuple[str, ...]
    vehicle: Vehicle
    cycle: str
    currency: str
    effort: SearchEffort
    ledger: Ledger


def load_search(path: Path | str) -> Search:
    """Read a search file. Raises InputError naming file, line, field, value and what would be right."""
    path = Path(path)
    tree = read_yaml(path, str(path))
    reader = _Reader(tree, path.parent)
    found = reader.search()
    problems = [*tree.problems, *reader.problems]
    if problems or found is None:
        raise InputError(sorted(problems, key=lambda problem: problem.line or 0))
    return found


class _Reader:
    """Reads one file and collects what is wrong."""

    def __init__(self, tree: YamlTree, folder: Path) -> None:
        self.tree = tree
        self.folder = folder
        self.problems: list[Problem] = []

    def search(self) -> Search | None:
        programme = self._kit()
        if programme is None:
            return None
        header = programme.header
        try:
            read = _File.model_validate(self.tree.data, context={"rates": {header.currency: 1.0, **header.exchange}})
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                loc = tuple(part for part in error["loc"])
                near = tuple(part for k, part in enumerate(loc) if loc[: k + 1] in self.tree.lines or k == 0)
                self._complain(near or loc, error["msg"].removeprefix("Value error, "), "correct it")
            return None
        kit = programme.kit.kit
        machine = self._named(kit.machines, read.machine, ("machine",))
        gear = self._named(kit.gears, read.gear, ("gear",))
        inverters = [self._named(kit.inverters, n, ("inverters", k)) for k, n in enumerate(read.inverters)]
        vehicle = self._vehicle(read.vehicle, programme)
        template = None if machine is None else self._template(read.template, machine.lamination.name, programme)
        if read.cycle not in CYCLE_NAMES:
            self._complain(("cycle",), f"unknown cycle {read.cycle!r}", f"choose {', '.join(CYCLE_NAMES)}")
        if machine is None or gear is None or template is None or vehicle is None or self.problems:
            return None
        drawn = programme.kit.drawn[machine.lamination.name]
        base = Base(
            read.name, template, machine.lamination, gear, kit.cooling, machine.winding_sets, machine.hollow_shaft,
            drawn.magnet_temperature_c,
        )  # fmt: skip
        dimensions = [self._dimension(name, row, template, gear) for name, row in read.variables.items()]
        good_inverters = sorted((i for i in inverters if i is not None), key=lambda i: i.current_limit_a)
        windings = sorted({(w.series_turns, w.parallel_paths) for w in read.windings})
        if self.problems:
            return None
        try:
            space = DesignSpace(
                tuple(d for d in dimensions if d is not None),
                tuple(Winding(*w) for w in windings),
                tuple(good_inverters),
            )
        except ValueError as error:
            self._complain(("variables",), str(error), "correct the variables")
            return None
        check_base(base, space, lambda text: self._complain((), text, "correct the search, or name another template"))
        if self.problems:
            return None
        start_inverter = next(i for i in inverters if i is not None)
        start = starting_choice(base, space, machine, start_inverter)
        prices = Prices(
            {name: row.price for name, row in read.prices.materials.items()},
            read.prices.chip,
            {name: row.scrap for name, row in read.prices.materials.items()},
        )
        self._check_prices(prices, base, space, start)
        demands = _demands(read.demands, vehicle)
        return Search(
            read.name, base, space, start, demands, prices, tuple(dict.fromkeys(read.objectives)), vehicle, read.cycle,
            header.currency, read.search, Ledger(tuple(self.tree.figures)),
        )  # fmt: skip

    def _complain(self, path: Path_, message: str, remedy: str, value: Any = None) -> None:
        shown = None if value is None else str(value)
        dotted = ".".join(str(part) for part in path)
        self.problems.append(Problem(self.tree.file, self.tree.line(path), dotted, message, remedy, shown))

    def _kit(self) -> Programme | None:
        name = self.tree.data.get("kit")
        if not isinstance(name, str):
            self._complain(("kit",), "is missing", "name the folder of the programme whose kit lends the modules")
            return None
        return load_programme(self.folder / name)

    def _named(self, modules: tuple[N, ...], name: str, path: Path_) -> N | None:
        found = next((m for m in modules if m.name == name), None)  # type: ignore[attr-defined]
        if found is None:
            known = ", ".join(m.name for m in modules)  # type: ignore[attr-defined]
            self._complain(path, "unknown name", f"known: {known}", name)
        return found

    def _template(self, name: str | None, lamination: str, programme: Programme) -> MachineTemplate | None:
        stated = name or programme.kit.drawn[lamination].name
        beside = self.folder / stated
        if stated in machine_names() or (name is None and not beside.is_file()):
            where: str | Path = stated
        else:
            where = beside
        try:
            return load_machine(where).template
        except InputError as error:
            self.problems.extend(error.problems)
            return None

    def _vehicle(self, stated: str | _Vehicle, programme: Programme) -> Vehicle | None:
        try:
            if isinstance(stated, str):
                return programme.model_of(programme.vehicle(stated))
            return _bare_vehicle(stated, programme)
        except KeyError:
            known = ", ".join(v.id for v in programme.vehicles)
            self._complain(("vehicle",), "unknown vehicle", f"known: {known}", stated)
        except ValueError as error:
            self._complain(("vehicle",), str(error), "correct it")
        return None

    def _dimension(self, name: str, row: Any, template: MachineTemplate, gear: GearSet) -> Dimension | None:
        path: Path_ = ("variables", name)
        if not isinstance(row, dict) or not {"from", "to", "step"} <= set(row) <= {"from", "to", "step", "along"}:
            self._complain(path, "must state its range", "write `{from: 110 mm, to: 170 mm, step: 1 mm}`", row)
            return None
        of_gear = name.startswith("gear.")
        try:
            root, naming = (gear, kit_names) if of_gear else (template, key_and_unit)
            found, unit = find_dimension(root, name.removeprefix("gear."), naming)
            low, high, step = (parse_quantity(str(row[key]), unit) for key in ("from", "to", "step"))
            followers = []
            for other, factor in dict(row.get("along") or {}).items():
                other_path, _ = find_dimension(template, str(other))
                followers.append(Follower(other_path, float(factor)))
            return Dimension(name, "gear" if of_gear else "machine", found, low, high, step, tuple(followers))
        except (NoDimension, UnitError, ValueError) as error:
            self._complain(path, str(error), "correct it")
            return None

    def _check_prices(self, prices: Prices, base: Base, space: DesignSpace, start: Choice) -> None:
        try:
            prices.cost(unit_of(base, space, start))
        except KeyError as error:
            self._complain(("prices", "materials"), f"no price for {error.args[0]!r}", "add it; units are made of it")
        except ValueError as error:
            self._complain(("machine",), f"the unit to start from cannot be built: {error}", "correct the search")


def _demands(read: _Demands, vehicle: Vehicle) -> Demands:
    return Demands(
        dc_voltage_v=read.dc_voltage,
        axle_torque_nm=read.axle_torque,
        motor_torque_nm=read.motor_torque,
        power_w=read.power,
        top_speed_rad_per_s=None if read.top_speed is None else read.top_speed / vehicle.tyre_radius_m,
        power_at_top_speed_w=read.power_at_top_speed,
        continuous_power_w=read.continuous_power,
        mass_kg=read.mass,
        diameter_m=read.diameter,
        length_m=read.length,
        rare_earth_kg=read.rare_earth,
    )


def _bare_vehicle(stated: _Vehicle, programme: Programme) -> Vehicle:
    """A vehicle of which only what moves it is known; nothing else of it enters a unit's duty, so the rest is nominal."""
    load, driving = stated.road_load, programme.header.driving
    road_load = (
        RoadLoad(load.a, load.b, load.c)
        if isinstance(load, RoadLoadCoefficients)
        else RoadLoad.from_drag(stated.test_mass, load.rolling_resistance, load.drag_coefficient * load.frontal_area)
    )
    return Vehicle(
        name="stated in the search",
        test_mass_kg=stated.test_mass,
        performance_mass_kg=stated.test_mass,
        road_load=road_load,
        tyre_radius_m=stated.tyre_radius,
        driven_axles=("rear",),
        front_mass_share=0.5,
        wheelbase_m=3.0,
        centre_of_gravity_height_m=0.5,
        tyre_adhesion=1.0,
        rotating_mass_factor=driving.rotating_mass_factor,
        auxiliary_power_w=0.0,
        battery=Battery(usable_energy_wh=1.0, open_circuit_voltage_v=1.0, resistance_ohm=0.0, charging_efficiency=1.0),
        regen_fade_low_mps=driving.regen_fade_low,
        regen_fade_high_mps=driving.regen_fade_high,
        max_regen_deceleration=driving.max_regen_deceleration,
    )
