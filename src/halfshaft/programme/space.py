"""The design space: families of modules over lists of their fields, and the rules by which they combine.

`kit/space.yaml` is optional and costs nothing to develop: it says what the kit could still become. A family is derived from a module of the
kit; `vary` lists values of single fields, of which every combination is made, `each` lists fields that change together. `combine` names
families or modules that go together; `rules` exclude pairs by comparing a field with a value. The same checks hold as for the kit itself.

One rule is not written: a machine with an inverter may not drive more ampere-turns than the kit's own units of the same lamination do. Up
to there the lamination's field is computed, and rotor and magnets have been judged; so kit and space share one field.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from halfshaft.drive_unit import DriveUnit, GearSet, Inverter, Lamination, Machine
from halfshaft.drive_unit.lineage import modules_by_role
from halfshaft.programme.condition import Condition, condition
from halfshaft.programme.derive import Rows, derived_rows
from halfshaft.programme.fields import Strict
from halfshaft.programme.kit import Complain, ModuleKit, Path_, Validate, read_machine_row, read_simple_row

FILE = "space"
SETS, SHAFT, AMPERE_TURNS = (
    "inverter and machine differ in three-phase sets",
    "a coaxial gear needs a hollow shaft",
    "more ampere-turns than the lamination's field is computed for",
)
_KINDS = ("machines", "inverters", "gears")
_OWN_KEYS = ("family", "vary", "each")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_MARGIN = 1e-9  # ampere-turns equal to the kit's must not fail by their last digit


@dataclass(frozen=True)
class Space:
    """All units of a design space, named as those of the kit are, and how many combinations each rule excluded."""

    units: tuple[DriveUnit, ...]
    excluded: Mapping[str, int]


class _Combination(Strict):
    machines: tuple[str, ...]
    inverters: tuple[str, ...]
    gears: tuple[str, ...]


class _RuleRow(Strict):
    where: str | tuple[str, ...]
    demand: str
    because: str


@dataclass(frozen=True)
class _Rule:
    where: tuple[Condition, ...]
    demand: Condition
    because: str

    def allows(self, modules: Mapping[str, Any]) -> bool:
        return self.demand.holds(modules) or not all(condition.holds(modules) for condition in self.where)


def read_space(
    data: Mapping[str, Any], kit: ModuleKit, kit_rows: Mapping[str, Rows], validate: Validate, complain: Complain
) -> Space | None:
    """The space that `data` states, its families derived from `kit_rows`. What is wrong is told to `complain`; then the result is None."""
    for key in data:
        if key not in (*_KINDS, "combine", "rules"):
            complain(FILE, (key,), "unknown key", f"this file holds {', '.join(_KINDS)}, combine and rules")
            return None
    reader = _Reader(data, kit, kit_rows, validate, complain)
    members = {kind: reader.members(kind) for kind in _KINDS}
    rules = reader.rules()
    combinations = reader.combinations(members)
    if reader.failed or not combinations:
        return None
    excluded: Counter[str] = Counter()
    units: dict[str, DriveUnit] = {}
    limit_a = _ampere_turns(kit)
    for combination in combinations:
        chosen = [[m for name in getattr(combination, kind) for m in members[kind][name]] for kind in _KINDS]
        for machine, inverter in itertools.product(chosen[0], chosen[1]):
            why = _unfit(machine, inverter, limit_a)
            if why is not None:
                excluded[why] += len(chosen[2])
                continue
            for gear in chosen[2]:
                unit = _unit(machine, inverter, gear, kit)
                reason = SHAFT if unit is None else _refused(unit, rules)
                if unit is None or reason is not None:
                    excluded[reason or SHAFT] += 1
                else:
                    units[unit.name] = unit
    return Space(tuple(units.values()), dict(excluded))


def _ampere_turns(kit: ModuleKit) -> dict[str, float]:
    """Greatest ampere-turns that the kit's own units drive, by lamination."""
    found: dict[str, float] = {}
    for unit in kit.units:
        name = unit.machine.lamination.name
        found[name] = max(found.get(name, 0.0), unit.inverter.current_limit_a * unit.machine.series_turns)
    return found


def _unfit(machine: Machine, inverter: Inverter, limit_a: Mapping[str, float]) -> str | None:
    if inverter.sets != machine.winding_sets:
        return SETS
    known_a = limit_a.get(machine.lamination.name, 0.0)
    return AMPERE_TURNS if inverter.current_limit_a * machine.series_turns > known_a * (1.0 + _MARGIN) else None


def _unit(machine: Machine, inverter: Inverter, gear: GearSet, kit: ModuleKit) -> DriveUnit | None:
    if gear.arrangement == "coaxial" and not machine.hollow_shaft:
        return None
    return DriveUnit(f"{machine.name}/{inverter.name}/{gear.name}", machine, inverter, gear, kit.kit.cooling)


def _refused(unit: DriveUnit, rules: tuple[_Rule, ...]) -> str | None:
    modules = modules_by_role(unit)
    return next((rule.because for rule in rules if not rule.allows(modules)), None)


class _Reader:
    """Reads one space file and remembers whether anything was wrong."""

    def __init__(
        self,
        data: Mapping[str, Any],
        kit: ModuleKit,
        kit_rows: Mapping[str, Rows],
        validate: Validate,
        complain: Complain,
    ) -> None:
        self.data, self.kit, self.kit_rows = data, kit, kit_rows
        self.validate = validate
        self.failed = False
        self._tell = complain
        self.taken = {name for _, name in kit.developments}
        self.laminations: dict[str, Lamination] = {m.lamination.name: m.lamination for m in kit.kit.machines}

    def complain(self, file: str, path: Path_, message: str, remedy: str) -> None:
        """Tell, and remember that there was something to tell."""
        self.failed = True
        self._tell(FILE, path, message, remedy)

    def _list(self, key: str) -> list[tuple[int, Any]]:
        rows = self.data.get(key, [])
        if not isinstance(rows, list):
            self.complain(FILE, (key,), "no list", f"write `{key}:` and a list below it")
            return []
        return list(enumerate(rows))

    def members(self, kind: str) -> dict[str, tuple[Any, ...]]:
        """Modules by the name of the family, or of the kit's module, that `combine` may name."""
        found: dict[str, tuple[Any, ...]] = {m.name: (m,) for m in getattr(self.kit.kit, kind)}
        for index, row in self._list(kind):
            path: Path_ = (kind, index)
            if not isinstance(row, dict) or not isinstance(row.get("family"), str):
                self.complain(FILE, path, "a family has a name", "write `family: NAME`")
            elif row["family"] in found:
                self.complain(
                    FILE, (*path, "family"), f"{row['family']!r} is taken already", "give the family its own name"
                )
            else:
                found[row["family"]] = tuple(self._family(kind, row, path))
        return found

    def _family(self, kind: str, row: dict[str, Any], path: Path_) -> Iterator[Any]:
        if not isinstance(row.get("derived_from"), str):
            self.complain(FILE, path, "a family is derived from a module", "write `derived_from: MODULE`")
            return
        common = {key: value for key, value in row.items() if key not in _OWN_KEYS}
        for varied in self._variants(row, path):
            name = self._name(str(row.get("name", "")), varied, path)
            if name is None or not self._free(name, path):
                return
            module = self._module(kind, {**common, **varied, "name": name}, path)
            if module is None:
                self.failed = True
                return
            yield module

    def _variants(self, row: Mapping[str, Any], path: Path_) -> Iterator[dict[str, Any]]:
        vary, each = row.get("vary", {}), row.get("each", [{}])
        if not isinstance(vary, dict) or not all(isinstance(values, list) for values in vary.values()):
            self.complain(
                FILE, (*path, "vary"), "fields with a list each are expected", "write `field: [value, value]`"
            )
        elif not isinstance(each, list) or not all(isinstance(values, dict) for values in each):
            self.complain(
                FILE, (*path, "each"), "a list of fields is expected", "write `- {field: value, field: value}`"
            )
        else:
            for together in each:
                for values in itertools.product(*vary.values()):
                    yield {**together, **dict(zip(vary, values, strict=True))}

    def _name(self, template: str, varied: Mapping[str, Any], path: Path_) -> str | None:
        """The template with the numbers of the varied fields in their places."""
        texts = {key: _plain_number(value) for key, value in varied.items()}
        try:
            return template.format_map(texts)
        except (KeyError, IndexError, ValueError, AttributeError):
            known = ", ".join("{" + key + "}" for key in texts) or "none"
            self.complain(FILE, (*path, "name"), f"not a name of varied fields: {template!r}", f"known: {known}")
            return None

    def _free(self, name: str, path: Path_) -> bool:
        if not name or name in self.taken:
            self.complain(
                FILE, (*path, "name"), f"{name!r} is made twice or taken", "put every varied field in it: `m_{field}`"
            )
            return False
        self.taken.add(name)
        return True

    def _module(self, kind: str, row: dict[str, Any], path: Path_) -> Any:
        own = len(self.kit_rows[kind])
        rows, _ = derived_rows(kind, [*self.kit_rows[kind], (own, row)], lambda *_: None)
        if not rows or rows[-1][0] != own:
            known = ", ".join(sorted(r["name"] for _, r in self.kit_rows[kind] if isinstance(r, dict)))
            self.complain(FILE, (*path, "derived_from"), f"unknown module {row['derived_from']!r}", f"known: {known}")
            return None
        filled = rows[-1][1]
        parent = next(r for _, r in rows if r["name"] == row["derived_from"])
        filled["development"] = parent["development"]  # nobody develops a family: it is what the kit could become
        if kind == "machines":
            machine = read_machine_row(filled, self.laminations, self.validate, self.complain, FILE, path)
            return None if machine is None else machine[0]
        if kind == "inverters":
            inverter = read_simple_row(Inverter, filled, self.validate, self.complain, FILE, path)
            return None if inverter is None else inverter[0]
        gear = read_simple_row(GearSet, filled, self.validate, self.complain, FILE, path)
        return None if gear is None else gear[0]

    def combinations(self, members: Mapping[str, Mapping[str, Any]]) -> list[_Combination]:
        """What goes together."""
        found = []
        for index, row in self._list("combine"):
            read = self.validate(_Combination, FILE, row, ("combine", index))
            self.failed |= read is None
            for kind in _KINDS if read is not None else ():
                for name in getattr(read, kind):
                    if name not in members[kind]:
                        known = ", ".join(members[kind])
                        self.complain(FILE, ("combine", index, kind), f"unknown name {name!r}", f"known: {known}")
            if read is not None:
                found.append(read)
        if not found and not self.failed:
            self.complain(FILE, (), "nothing is combined", "write `combine:` and name families below it")
        return found

    def rules(self) -> tuple[_Rule, ...]:
        """Where all of some comparisons hold, another must."""
        found = []
        for index, row in self._list("rules"):
            read = self.validate(_RuleRow, FILE, row, ("rules", index))
            if read is None:
                self.failed = True
                continue
            where = (read.where,) if isinstance(read.where, str) else read.where
            sides = [self._condition(text, ("rules", index, key)) for key, text in _keyed(where, read.demand)]
            conditions = [side for side in sides if side is not None]
            if len(conditions) == len(sides):
                found.append(_Rule(tuple(conditions[:-1]), conditions[-1], read.because))
        return tuple(found)

    def _condition(self, text: str, path: Path_) -> Condition | None:
        try:
            return condition(text)
        except ValueError as error:
            self.complain(FILE, path, str(error), "write it like `machine.stack_length > 140 mm`")
            return None


def _keyed(where: tuple[str, ...], demand: str) -> list[tuple[str, str]]:
    return [*(("where", text) for text in where), ("demand", demand)]


def _plain_number(value: Any) -> str:
    """A quantity's number for a name: `130 mm` is 130, 8.75 is 8p75."""
    text = str(value)
    found = _NUMBER.match(text)
    return (found.group() if found else text).replace(".", "p")
