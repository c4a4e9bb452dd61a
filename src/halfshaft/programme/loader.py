"""From a folder of YAML to a `Programme`, or to every problem in it at once.

The folder is read file by file; each file is first taken apart into data and bases (`yaml_tree`), then checked against its model, and at
last the files are checked against each other: that a partner, vehicle, part or unit that is named exists. Problems are collected, not
thrown one by one, and a programme with any problem is not loaded at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from halfshaft.programme.derive import Rows
from halfshaft.programme.kit import FILES, OPTIONAL_FILES, ModuleKit, build_kit
from halfshaft.programme.model import (
    QUANTITY_UNITS,
    BottomUpBook,
    CostBook,
    Header,
    LawBook,
    Part,
    Plant,
    Quantity,
    Requirement,
    RoadLoadCoefficients,
    Scenario,
    Supplier,
    VehicleProgramme,
)
from halfshaft.programme.origin import HEADINGS
from halfshaft.programme.programme import Programme
from halfshaft.programme.space import Space, read_space
from halfshaft.programme.yaml_tree import Path_, YamlTree, read_yaml
from halfshaft.quantities import Figure, InputError, Ledger, Problem, UnitError, parse_quantity

M = TypeVar("M")

JOINT_OWNER = "joint"


def load_programme(folder: Path | str) -> Programme:
    """Read the programme in `folder`.

    Raises InputError naming file, line, field, value and remedy of everything that is wrong.
    """
    return _Loader(Path(folder)).load()


@dataclass
class _Loader:
    folder: Path
    problems: list[Problem] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    sources: Mapping[str, str] | None = None
    rates: dict[str, float] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[YamlTree, Path_]] = field(default_factory=dict)

    def load(self) -> Programme:
        if not self.folder.is_dir():
            raise InputError.of(self.folder, "no such programme folder", "give the folder that holds programme.yaml")
        self.sources = self._sources()
        header = self._header()
        vehicles = self._each("vehicles", VehicleProgramme, "vehicle")
        requirements = self._requirements()
        kit, kit_rows = self._kit()
        space = None if kit is None else self._space(kit, kit_rows)
        parts = self._list("suppliers/parts.yaml", "parts", Part, "part")
        suppliers = self._each("suppliers", Supplier, "supplier", skip={"parts.yaml"})
        plants = self._each("plants", Plant, "plant")
        books = self._each("books", TypeAdapter(CostBook), "book")
        scenarios = self._list("scenarios.yaml", "scenarios", Scenario, "scenario")
        if self.problems or header is None or kit is None:
            raise InputError(self.problems)
        programme = Programme(
            header=header,
            vehicles=tuple(vehicles),
            requirements=tuple(requirements),
            kit=kit,
            parts=tuple(parts),
            suppliers=tuple(suppliers),
            plants=tuple(plants),
            books=tuple(books),
            scenarios=tuple(scenarios),
            ledger=Ledger(tuple(self.figures)),
            places={key: (tree.file, tree.line(path) or 1) for key, (tree, path) in self.places.items()},
            space=space,
        )
        self._cross_check(programme)
        if self.problems:
            raise InputError(self.problems)
        return programme

    # ---- reading single files -------------------------------------------------------------------------------------

    def _tree(self, name: str, *, sources: bool = True) -> YamlTree | None:
        try:
            tree = read_yaml(self.folder / name, name, self.sources if sources else None)
        except InputError as error:
            self.problems.extend(error.problems)
            return None
        self.problems.extend(tree.problems)
        self.figures.extend(tree.figures)
        return tree

    def _sources(self) -> Mapping[str, str]:
        if not (self.folder / "sources.yaml").exists():
            return {}
        try:
            tree = read_yaml(self.folder / "sources.yaml", "sources.yaml")
        except InputError as error:
            self.problems.extend(error.problems)
            return {}
        for key, text in tree.data.items():
            if not isinstance(text, str):
                self._complain(tree, (key,), "a source is a line of text", "write `id: citation`")
        return {str(key): str(text) for key, text in tree.data.items()}

    def _header(self) -> Header | None:
        tree = self._tree("programme.yaml")
        if tree is None:
            return None
        currency = tree.data.get("currency")
        if isinstance(currency, str):
            self.rates[currency] = 1.0
            for name, text in dict(tree.data.get("exchange") or {}).items():
                try:
                    rate = parse_quantity(str(text), f"{currency}/{name}")
                    self.rates[str(name)] = rate
                    tree.data["exchange"][name] = rate
                except UnitError as error:
                    self._complain(tree, ("exchange", name), str(error), f"write it like '0.95 {currency}/{name}'")
        header = self._validate(Header, tree, tree.data, ())
        if header is not None:
            for index, partner in enumerate(header.partners):
                self._register("partner", partner.id, tree, ("partners", index))
        return header

    def _each(self, subfolder: str, model: type[M] | TypeAdapter[M], kind: str, skip: Iterable[str] = ()) -> list[M]:
        found: list[M] = []
        files = sorted(p for p in (self.folder / subfolder).glob("*.yaml") if p.name not in set(skip))
        if not files:
            self.problems.append(
                Problem(
                    f"{subfolder}/", None, "", f"no {kind} file here", f"add a {subfolder}/NAME.yaml for each {kind}"
                )
            )
        for path in files:
            tree = self._tree(f"{subfolder}/{path.name}")
            if tree is None:
                continue
            item = self._validate(model, tree, tree.data, ())
            if item is not None:
                found.append(item)
                self._register(kind, item.id, tree, ())  # type: ignore[attr-defined]
        return found

    def _list(self, name: str, key: str, model: type[M], kind: str) -> list[M]:
        tree = self._tree(name)
        if tree is None:
            return []
        found: list[M] = []
        for index, row in self._rows(tree, key):
            item = self._validate(model, tree, row, (key, index))
            if item is not None:
                found.append(item)
                self._register(kind, item.id, tree, (key, index))  # type: ignore[attr-defined]
        return found

    def _rows(self, tree: YamlTree, key: str, also: Iterable[str] = ()) -> list[tuple[int, Any]]:
        for other in tree.data:
            if other != key and other not in set(also):
                self._complain(tree, (other,), "unknown key", f"this file holds `{key}:`")
        rows = tree.data.get(key)
        if not isinstance(rows, list):
            self._complain(tree, (), f"`{key}:` is missing or no list", f"write `{key}:` and a list below it")
            return []
        return list(enumerate(rows))

    def _requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        files = sorted((self.folder / "requirements").glob("*.yaml"))
        if not files:
            self.problems.append(
                Problem("requirements/", None, "", "no requirement file here", "add requirements/PARTNER.yaml")
            )
        for path in files:
            tree = self._tree(f"requirements/{path.name}")
            if tree is None:
                continue
            owner = tree.data.get("owner")
            for index, row in self._rows(tree, "requirements", also=("owner",)):
                item = self._requirement(tree, row, ("requirements", index), owner)
                if item is not None:
                    found.append(item)
                    self._register("requirement", item.id, tree, ("requirements", index))
        return found

    def _requirement(self, tree: YamlTree, row: Any, path: Path_, owner: Any) -> Requirement | None:
        if not isinstance(row, dict):
            self._complain(tree, path, "a requirement is a set of named fields", "write `- {id: …, vehicle: …, …}`")
            return None
        data = dict(row)
        relations = [key for key in ("at_least", "at_most") if key in data]
        if len(relations) != 1:
            self._complain(tree, path, "a requirement has exactly one relation", "write `at_least:` or `at_most:`")
            return None
        text = data.pop(relations[0])
        quantity = data.get("quantity")
        if quantity in QUANTITY_UNITS:
            unit, trade, _ = QUANTITY_UNITS[cast(Quantity, quantity)]
            try:
                data["value"] = parse_quantity(str(text), unit)
            except UnitError as error:
                self._complain(tree, (*path, relations[0]), str(error), f"give it in {trade}", str(text))
                return None
            if data["value"] < 0:
                self._complain(tree, (*path, relations[0]), "a demand below zero", f"give it in {trade}", str(text))
                return None
        else:
            data["value"] = 0.0  # the model below names the unknown quantity
        return self._validate(Requirement, tree, {"owner": owner, "relation": relations[0], **data}, path)

    def _kit(self) -> tuple[ModuleKit | None, Mapping[str, Rows]]:
        stated = [
            name for name in FILES.values() if name not in OPTIONAL_FILES or (self.folder / f"kit/{name}.yaml").exists()
        ]
        trees = {name: self._tree(f"kit/{name}.yaml") for name in stated}
        cooling = self._tree("kit/cooling.yaml")
        if cooling is None or any(tree is None for tree in trees.values()):
            return None, {}
        before = len(self.problems)

        trees["cooling"] = cooling

        def validate(model: type[M], file: str, row: Any, path: Path_) -> M | None:
            tree = trees[file]
            assert tree is not None
            return self._validate(model, tree, row, path)

        def complain(file: str, path: Path_, message: str, remedy: str) -> None:
            tree = trees[file]
            assert tree is not None
            self._complain(tree, path, message, remedy)

        rows = {name: self._rows(tree, name) for name, tree in trees.items() if tree is not None and name != "cooling"}
        for kind, name in FILES.items():
            for index, row in rows.get(name, []):
                if isinstance(row, dict) and isinstance(row.get("name"), str):
                    self.places.setdefault((kind, row["name"]), (cast(YamlTree, trees[name]), (name, index)))
        kit = build_kit(rows, cooling.data, validate, complain, self.folder)
        return kit if len(self.problems) == before else None, rows

    def _space(self, kit: ModuleKit, kit_rows: Mapping[str, Rows]) -> Space | None:
        """The design space, where there is one. No study rests on it: its figures are not in the ledger."""
        name = "kit/space.yaml"
        if not (self.folder / name).exists():
            return None
        try:
            tree = read_yaml(self.folder / name, name, self.sources)
        except InputError as error:
            self.problems.extend(error.problems)
            return None
        self.problems.extend(tree.problems)

        def validate(model: type[M], file: str, row: Any, path: Path_) -> M | None:
            return self._validate(model, tree, row, path)

        def complain(file: str, path: Path_, message: str, remedy: str) -> None:
            self._complain(tree, path, message, remedy)

        return read_space(tree.data, kit, kit_rows, validate, complain)

    # ---- checking ---------------------------------------------------------------------------------------------------

    def _validate(self, model: type[M] | TypeAdapter[M], tree: YamlTree, data: Any, path: Path_) -> M | None:
        context = {"rates": self.rates}
        try:
            if isinstance(model, TypeAdapter):
                return model.validate_python(data, context=context)
            assert issubclass(model, BaseModel)
            return model.model_validate(data, context=context)
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                self.problems.append(_problem(tree, path, error))
            return None

    def _register(self, kind: str, name: str, tree: YamlTree, path: Path_) -> None:
        if (kind, name) in self.places:
            other, other_path = self.places[(kind, name)]
            where = f"{other.file}:{other.line(other_path)}"
            self._complain(tree, (*path, "id"), f"{kind} {name!r} exists already ({where})", "give it another id")
        self.places[(kind, name)] = (tree, path)

    def _complain(self, tree: YamlTree, path: Path_, message: str, remedy: str, value: str | None = None) -> None:
        dotted = ".".join(str(part) for part in path)
        self.problems.append(Problem(tree.file, tree.line(path), dotted, message, remedy, value))

    def _cross_check(self, programme: Programme) -> None:
        partners = {partner.id for partner in programme.header.partners}
        years = set(programme.header.years)
        books = {book.id for book in programme.books}
        scenarios = {scenario.id for scenario in programme.scenarios}
        vehicles = {vehicle.id: vehicle for vehicle in programme.vehicles}
        parts = {part.id: part for part in programme.parts}
        zones = {partner.customs_zone for partner in programme.header.partners}
        zones |= {plant.customs_zone for plant in programme.plants if plant.customs_zone is not None}
        classes = {c.name for c in programme.header.voltage_classes}
        units = {unit.name for unit in programme.kit.units}
        header = self._tree_of_header()

        def known(tree: YamlTree, path: Path_, what: str, name: str, names: Iterable[str]) -> bool:
            names = sorted(names)
            if name in names:
                return True
            self._complain(tree, path, f"unknown {what}", f"known: {', '.join(names) or 'none'}", name)
            return False

        known(header, ("reference_book",), "cost book", programme.header.reference_book, books)
        known(header, ("reference_scenario",), "scenario", programme.header.reference_scenario, scenarios)
        for inverter in programme.kit.kit.inverters:
            if inverter.voltage_class_v not in classes:
                tree, path = self.places[("inverter", inverter.name)]
                listed = ", ".join(f"{c:g} V" for c in sorted(classes))
                self._complain(
                    tree,
                    (*path, "voltage_class"),
                    "unknown voltage class: no unit could be evaluated",
                    f"programme.yaml has {listed}",
                    f"{inverter.voltage_class_v:g} V",
                )
        self._check_header(programme, header, known)
        sites = {site.id: site for site in programme.header.sites}
        for vehicle in programme.vehicles:
            tree, path = self.places[("vehicle", vehicle.id)]
            site = vehicle.assembly_site
            if (
                site is not None
                and known(tree, (*path, "assembly_site"), "site", site, sites)
                and sites[site].partner != vehicle.partner
            ):
                self._complain(
                    tree,
                    (*path, "assembly_site"),
                    f"a site of {sites[site].partner} builds a car of {vehicle.partner}",
                    "name a site of the car's partner, or add one for it there",
                    site,
                )
            try:
                programme.model_of(vehicle)
            except ValueError as error:
                self._complain(tree, path, str(error), "correct the vehicle")
            known(tree, (*path, "partner"), "partner", vehicle.partner, partners)
            if vehicle.voltage_class not in classes:
                listed = ", ".join(f"{c:g} V" for c in sorted(classes))
                self._complain(tree, (*path, "voltage_class"), "unknown voltage class", f"programme.yaml has {listed}")
            for year in vehicle.volumes:
                if year not in years:
                    span = f"{min(years)} to {max(years)}"
                    self._complain(
                        tree, (*path, "volumes", year), f"year {year} is outside the programme", f"use {span}"
                    )
            if isinstance(vehicle.road_load, RoadLoadCoefficients) and not vehicle.as_built:
                self._complain(
                    tree,
                    (*path, "road_load"),
                    "a road load from a coast-down holds the drag of the units that were in the car",
                    "name them under `as_built:`, or give drag coefficient, frontal area and rolling resistance",
                )
            for axle, unit in vehicle.as_built.items():
                known(tree, (*path, "as_built", axle), "unit", unit, units)
        for requirement in programme.requirements:
            tree, path = self.places[("requirement", requirement.id)]
            known(tree, ("owner",), "owner", requirement.owner, partners | {JOINT_OWNER})
            if requirement.vehicle == "all":
                continue
            if known(tree, (*path, "vehicle"), "vehicle", requirement.vehicle, {*vehicles, "all"}):
                vehicle = vehicles[requirement.vehicle]
                if requirement.owner not in (vehicle.partner, JOINT_OWNER):
                    self._complain(
                        tree,
                        (*path, "vehicle"),
                        f"{requirement.owner} makes a demand on a vehicle of {vehicle.partner}",
                        "a partner's demands are on its own vehicles",
                        requirement.vehicle,
                    )
                if requirement.axle is not None and requirement.axle not in vehicle.driven_axles:
                    self._complain(
                        tree,
                        (*path, "axle"),
                        "this axle is not driven",
                        f"driven: {', '.join(vehicle.driven_axles)}",
                        requirement.axle,
                    )
        for supplier in programme.suppliers:
            tree, path = self.places[("supplier", supplier.id)]
            for index, offer in enumerate(supplier.offers):
                known(tree, (*path, "offers", index, "part"), "part", offer.part, parts)
                if offer.terms is not None:
                    agreed = {terms.id for terms in supplier.terms}
                    known(tree, (*path, "offers", index, "terms"), "terms of this supplier", offer.terms, agreed)
                for zone in zones - set(offer.landed):
                    self._complain(
                        tree,
                        (*path, "offers", index, "landed"),
                        f"no landed factor for {zone}",
                        f"add `{zone}: 1.0` or what duty and freight make of it",
                    )
        offered = {offer.part for supplier in programme.suppliers for offer in supplier.offers}
        for part in programme.parts:
            tree, path = self.places[("part", part.id)]
            offers = sum(offer.part == part.id for supplier in programme.suppliers for offer in supplier.offers)
            if part.id not in offered:
                self._complain(
                    tree, (*path, "id"), "no supplier offers this part", "add an offer, or drop the part", part.id
                )
            elif offers * part.largest_share < 1.0:
                self._complain(
                    tree,
                    (*path, "largest_share"),
                    f"{offers} offer(s) at most {part.largest_share:.0%} each cannot cover the need",
                    "add an offer, or raise the largest share",
                )
        for plant in programme.plants:
            tree, path = self.places[("plant", plant.id)]
            known(tree, (*path, "partner"), "partner", plant.partner, partners)
            for site in plant.lanes:
                known(tree, (*path, "lanes", site), "site", site, sites)
        for book in programme.books:
            tree, path = self.places[("book", book.id)]
            self._check_book(book, tree, path, parts)
        for index_scenario in programme.scenarios:
            tree, path = self.places[("scenario", index_scenario.id)]
            missing = sorted(years - set(index_scenario.factors))
            if missing:
                self._complain(
                    tree, (*path, "factors"), f"no factor for {missing}", "state one for every production year"
                )
            for partner in index_scenario.partners:
                known(tree, (*path, "partners", partner), "partner", partner, partners)
            for name in index_scenario.vehicles:
                known(tree, (*path, "vehicles", name), "vehicle", name, vehicles)
        if sum(scenario.probability for scenario in programme.scenarios) <= 0.0 < len(programme.scenarios):
            tree, path = self.places[("scenario", programme.scenarios[0].id)]
            self._complain(tree, (*path, "probability"), "no scenario is likely at all", "state a probability above 0")

    def _check_header(
        self, programme: Programme, tree: YamlTree, known: Callable[[YamlTree, Path_, str, str, Iterable[str]], bool]
    ) -> None:
        """Sites, supply between partners, duties, pack classes and teams against the rest."""
        header = programme.header
        partners = {partner.id for partner in header.partners}
        zones = {partner.customs_zone for partner in header.partners} | {site.customs_zone for site in header.sites}
        zones |= {plant.customs_zone for plant in programme.plants if plant.customs_zone is not None}
        for index, site in enumerate(header.sites):
            known(tree, ("sites", index, "partner"), "partner", site.partner, partners)
            if site.id in {other.id for other in header.sites[:index]} | partners:
                self._complain(
                    tree, ("sites", index, "id"), "a site or partner has this id already", "give it another", site.id
                )
        for index, pair in enumerate(header.cross_supply):
            for place, partner in enumerate(pair):
                known(tree, ("cross_supply", index, place), "partner", partner, partners)
        for index, duty in enumerate(header.duties):
            known(tree, ("duties", index, "origin"), "zone", duty.origin, zones)
            known(tree, ("duties", index, "destination"), "zone", duty.destination, zones)
            if duty.rule is not None and duty.heading is not None:
                known(tree, ("duties", index, "heading"), "heading with a rule", duty.heading, HEADINGS)
        packs = header.battery_packs
        sizes = [(pack.voltage_class or 0.0, pack.up_to) for pack in packs]
        if sizes != sorted(set(sizes)) or len({pack.name for pack in packs}) < len(packs):
            self._complain(
                tree, ("battery_packs",), "pack classes must have names of their own and grow in `up_to`",
                "list them by voltage class, and in each from small to large",
            )  # fmt: skip
        for vehicle in programme.vehicles if packs else ():
            if not any(pack.holds(vehicle.battery.usable_energy, vehicle.voltage_class) for pack in packs):
                where, path = self.places[("vehicle", vehicle.id)]
                self._complain(
                    where,
                    (*path, "battery", "usable_energy"),
                    "no pack class is for this battery",
                    "add a class to `battery_packs:` in programme.yaml",
                )
        if not any(partner.teams for partner in header.partners):
            return
        needed = {skill for development in programme.kit.developments.values() for skill in development.effort}
        needed |= {skill for pack in header.battery_packs for skill in pack.development.effort}
        for index, member in enumerate(header.partners):
            for skill in sorted(needed - set(member.teams)):
                self._complain(
                    tree,
                    ("partners", index, "teams"),
                    f"no team of {member.id} has the skill {skill!r}, which the kit's development takes",
                    f"add `{skill}:` with hours by year (0 h where there is none)",
                )

    def _check_book(self, book: LawBook | BottomUpBook, tree: YamlTree, path: Path_, parts: Mapping[str, Part]) -> None:
        key = "bought_share" if isinstance(book, LawBook) else "parts"
        priced = set(book.bought_share if isinstance(book, LawBook) else book.parts)
        for name in sorted(set(parts) - priced):
            self._complain(tree, (*path, key), f"part {name!r} has no price in this book", f"add it under `{key}:`")
        for name in sorted(priced - set(parts)):
            self._complain(tree, (*path, key, name), "unknown part", f"known: {', '.join(sorted(parts))}", name)

    def _tree_of_header(self) -> YamlTree:
        tree, _ = next(place for (kind, _), place in self.places.items() if kind == "partner")
        return tree


_REMEDIES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "extra_forbidden": lambda _: "remove it, or correct its spelling",
    "missing": lambda _: "add it",
    "greater_than": lambda ctx: f"it must be greater than {ctx['gt']}",
    "greater_than_equal": lambda ctx: f"it must be at least {ctx['ge']}",
    "less_than_equal": lambda ctx: f"it must be at most {ctx['le']}",
    "literal_error": lambda ctx: f"choose {ctx['expected']}",
    "string_pattern_mismatch": lambda _: "use small letters, digits and underscores",
}

_MESSAGES = {"extra_forbidden": "unknown key", "missing": "required field is missing"}


def _problem(tree: YamlTree, above: Path_, error: Any) -> Problem:
    """One pydantic error as a Problem. Tags of unions, which are no place in the file, are dropped from its path."""
    path: Path_ = above
    for part in error["loc"]:
        if (*path, part) in tree.lines or error["type"] in ("missing", "extra_forbidden"):
            path = (*path, part)
    kind = error["type"]
    message = _MESSAGES.get(kind, error["msg"].removeprefix("Value error, "))
    remedy = _REMEDIES[kind](error.get("ctx", {})) if kind in _REMEDIES else "correct it"
    value = error["input"]
    shown = str(value) if isinstance(value, str | int | float) and kind != "missing" else None
    return Problem(tree.file, tree.line(path), ".".join(str(part) for part in path), message, remedy, shown)
