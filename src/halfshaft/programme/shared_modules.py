"""Rotors and housings: modules that several machines, or several pairs of machine and gear, share.

Both are optional and commercial: they hold development, tooling and hours that are spent once for all who share them. Physics knows the
machine and the gear as wholes, so mass, losses and bought parts stay with these, and nothing is weighed or priced twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from halfshaft.drive_unit import DriveUnit, GearSet, Machine
from halfshaft.programme.fields import Length, Name, Strict
from halfshaft.programme.model import Development

if TYPE_CHECKING:
    from halfshaft.programme.kit import Complain, Path_, Validate

_MM = 1e3
# Lengths in a kit are stated in whole or tenths of millimetres; what is closer than this (m) is the same length.
_SAME_LENGTH = 1e-6


class RotorRow(Strict):
    """A rotor: the machines that it turns in, by name or as all of one lamination and stack length (m)."""

    name: Name
    machines: tuple[Name, ...] | None = None
    lamination: Name | None = None
    stack_length: Length | None = None
    development: Development

    @model_validator(mode="after")
    def _one_way(self) -> RotorRow:
        by_rule = self.lamination is not None and self.stack_length is not None
        if (self.lamination is None) != (self.stack_length is None) or by_rule == (self.machines is not None):
            raise ValueError("name its machines: either `machines:`, or `lamination:` with `stack_length:`")
        return self


class HousingRow(Strict):
    """A housing: the machines that fit, by name or up to a diameter and length (m), and the gears, all where none is listed."""

    name: Name
    machines: tuple[Name, ...] | None = None
    largest_diameter: Length | None = None
    largest_length: Length | None = None
    gears: tuple[Name, ...] | None = None
    development: Development

    @model_validator(mode="after")
    def _one_way(self) -> HousingRow:
        by_size = self.largest_diameter is not None and self.largest_length is not None
        if (self.largest_diameter is None) != (self.largest_length is None) or by_size == (self.machines is not None):
            raise ValueError("say what fits: either `machines:`, or `largest_diameter:` with `largest_length:`")
        return self

    def takes(self, machine: Machine, gear: GearSet) -> bool:
        """Whether machine and gear both go into this housing."""
        if self.gears is not None and gear.name not in self.gears:
            return False
        if self.machines is not None:
            return machine.name in self.machines
        diameter, length = self.largest_diameter or 0.0, self.largest_length or 0.0
        return machine.diameter_m <= diameter + _SAME_LENGTH and machine.length_m <= length + _SAME_LENGTH

    def envelope_m3(self, machines: Iterable[Machine]) -> float:
        """Diameter squared times length of the largest machine that fits, by which housings are ranked."""
        if self.largest_diameter is not None and self.largest_length is not None:
            return self.largest_diameter**2 * self.largest_length
        listed = [machine for machine in machines if machine.name in (self.machines or ())]
        widest, longest = (max((size(m) for m in listed), default=0.0) for size in (_diameter, _length))
        return widest**2 * longest


def read_rotors(
    rows: Sequence[tuple[int, Any]], machines: Sequence[Machine], validate: Validate, complain: Complain
) -> tuple[list[tuple[RotorRow, Path_]], dict[str, str]]:
    """The rotors with their places, and the rotor of each machine that has one.

    Told to `complain`: an unknown machine or none at all, a machine with two rotors, and machines that no rotor can share.
    """
    by_name = {machine.name: machine for machine in machines}
    rotors: list[tuple[RotorRow, Path_]] = []
    rotor_of: dict[str, str] = {}
    for index, row in rows:
        path: Path_ = ("rotors", index)
        rotor = validate(RotorRow, "rotors", row, path)
        if rotor is None:
            continue
        rotors.append((rotor, path))
        if rotor.machines is None:
            turned = [machine for machine in machines if _is_of(machine, rotor)]
            if not turned:
                known = sorted({f"{m.lamination.name} {m.stack_length_m * _MM:g} mm" for m in machines})
                complain(
                    "rotors",
                    (*path, "lamination"),
                    "no machine has this lamination and stack length",
                    f"the kit has {', '.join(known) or 'none'}",
                )
        else:
            _check_known("rotors", (*path, "machines"), rotor.machines, by_name, complain)
            turned = [by_name[name] for name in rotor.machines if name in by_name]
        for machine in turned:
            for what, one, other in _differences(turned[0], machine):
                complain(
                    "rotors",
                    (*path, "machines"),
                    f"machines {turned[0].name!r} and {machine.name!r} cannot share a rotor: {what} {one} and {other}",
                    "give each a rotor of its own, or make them alike in kit/machines.yaml",
                )
            if rotor_of.setdefault(machine.name, rotor.name) != rotor.name:
                complain(
                    "rotors",
                    path,
                    f"machine {machine.name!r} has the rotor {rotor_of[machine.name]!r} already",
                    "a machine has at most one rotor: name it in one row only",
                )
    return rotors, rotor_of


def read_housings(
    rows: Sequence[tuple[int, Any]],
    machines: Sequence[Machine],
    gears: Sequence[GearSet],
    validate: Validate,
    complain: Complain,
) -> list[tuple[HousingRow, Path_]]:
    """The housings with their places; an unknown machine or gear is told to `complain`."""
    housings: list[tuple[HousingRow, Path_]] = []
    for index, row in rows:
        path: Path_ = ("housings", index)
        housing = validate(HousingRow, "housings", row, path)
        if housing is None:
            continue
        housings.append((housing, path))
        _check_known("housings", (*path, "machines"), housing.machines or (), {m.name for m in machines}, complain)
        _check_known("housings", (*path, "gears"), housing.gears or (), {g.name for g in gears}, complain)
    return housings


def housings_of(
    housings: Sequence[HousingRow], units: Sequence[DriveUnit], machines: Sequence[Machine], complain: Complain
) -> dict[tuple[str, str], str]:
    """The housing of each (machine, gear) of the units: the smallest that takes both, the first in the file among equals.

    Without any housing the answer is empty; where there are some and none takes a pair, that is told to `complain`.
    """
    ranked = sorted(housings, key=lambda housing: housing.envelope_m3(machines))
    found: dict[tuple[str, str], str] = {}
    for machine, gear in {(u.machine.name, u.gear.name): (u.machine, u.gear) for u in units if ranked}.values():
        fits = next((housing.name for housing in ranked if housing.takes(machine, gear)), None)
        if fits is None:
            size = f"{machine.diameter_m * _MM:g} mm across, {machine.length_m * _MM:g} mm long"
            complain(
                "housings",
                ("housings",),
                f"no housing takes machine {machine.name!r} ({size}) with gear {gear.name!r}",
                "add a housing, widen one, or take the pair out of the kit (`gears:` of the machine)",
            )
        else:
            found[machine.name, gear.name] = fits
    return found


def _is_of(machine: Machine, rotor: RotorRow) -> bool:
    length = rotor.stack_length or 0.0
    return machine.lamination.name == rotor.lamination and abs(machine.stack_length_m - length) <= _SAME_LENGTH


def _differences(one: Machine, other: Machine) -> Iterator[tuple[str, str, str]]:
    """In what two machines differ that one rotor cannot be. A lamination settles poles, sheet and field winding or magnets too."""
    if one.lamination.name != other.lamination.name:
        yield "laminations", one.lamination.name, other.lamination.name
    if one.lamination.excitation != other.lamination.excitation:
        yield "excitations", one.lamination.excitation, other.lamination.excitation
    if abs(one.stack_length_m - other.stack_length_m) > _SAME_LENGTH:
        yield "stack lengths", f"{one.stack_length_m * _MM:g} mm", f"{other.stack_length_m * _MM:g} mm"
    if one.hollow_shaft != other.hollow_shaft:
        yield ("shafts", "hollow", "solid") if one.hollow_shaft else ("shafts", "solid", "hollow")


def _check_known(
    file: str, path: Path_, names: Iterable[str], known: Iterable[str] | Mapping[str, Any], complain: Complain
) -> None:
    for name in names:
        if name not in known:
            complain(file, path, f"unknown name {name!r}", f"known: {', '.join(sorted(known))}")


def _diameter(machine: Machine) -> float:
    return machine.diameter_m


def _length(machine: Machine) -> float:
    return machine.length_m
