"""Evaluate choices: the work that is given out. One piece is a cross-section with all choices that share it, so its field is computed once.

A choice that cannot be built is an answer like any other, with its reason. Results do not depend on who computes them or in what company.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.design_search.build import Base, cross_section_of, fine_section_of, unit_of
from halfshaft.drive_unit.design_search.coarse_field import FieldEffort, coarse_table, fine_table
from halfshaft.drive_unit.design_search.judge import Demands, Duty, Prices, judge
from halfshaft.drive_unit.design_search.space import Choice, DesignSpace
from halfshaft.drive_unit.field.point import NotConverged
from halfshaft.drive_unit.magnetic_table import MagneticTable
from halfshaft.drive_unit.rotor_stress import rotor_stress
from halfshaft.drive_unit.unit_map import compose_unit
from halfshaft.programme.search_file import Search
from halfshaft.vehicle import load_cycle
from halfshaft.vehicle.duty import axle_duty

COARSE_MAP = (13, 21)  # speeds and torque fractions
FINE_MAP = (41, 61)

# What a design may fail with, of which a search goes on: no drawing, no field, no current, no motion.
_FAULTS = (ValueError, NotConverged, RuntimeError)


@dataclass(frozen=True)
class Question:
    """What every choice is held against."""

    base: Base
    space: DesignSpace
    demands: Demands
    prices: Prices
    duty: Duty
    effort: FieldEffort

    @classmethod
    def of(cls, search: Search) -> Question:
        """The question of a search."""
        cycle = load_cycle(search.cycle)
        duty = Duty(*axle_duty(search.vehicle, cycle), cycle.distance_m)
        return cls(search.base, search.space, search.demands, search.prices, duty, search.effort.field)


@dataclass(frozen=True)
class Outcome:
    """What became of a choice: figures and relative shortfalls, or the fault for which it cannot be."""

    choice: Choice
    figures: Mapping[str, float]
    shortfalls: Mapping[str, float]
    fault: str = ""

    @property
    def feasible(self) -> bool:
        """Whether it can be built and meets every demand."""
        return not self.fault and all(value <= 0.0 for value in self.shortfalls.values())

    @property
    def violation(self) -> float:
        """Sum of the shortfalls, infinite for what cannot be built."""
        return inf if self.fault else sum(max(value, 0.0) for value in self.shortfalls.values())


@dataclass(frozen=True, eq=False)
class SectionField:
    """A cross-section's field and the speed that its rotor stands, or the fault for which there is none."""

    table: MagneticTable | None
    rotor_limit_rad_per_s: float
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Explored:
    """A cross-section with what became of its choices, and where the time went; only its worker knows, so it is no part of an outcome."""

    field: SectionField
    outcomes: tuple[Outcome, ...]
    field_seconds: float
    other_seconds: float


def explore(question: Question, choices: tuple[Choice, ...], known: SectionField | None) -> Explored:
    """Evaluate choices of one cross-section, computing its field where it is not known."""
    began = time.process_time()
    field = known or section_field(question, choices[0])
    between = time.process_time()
    outcomes = tuple(_outcome(question, choice, field, COARSE_MAP) for choice in choices)
    return Explored(field, outcomes, between - began, time.process_time() - between)


def section_field(question: Question, choice: Choice) -> SectionField:
    """The coarse field of a choice's cross-section."""
    try:
        section = cross_section_of(question.base, question.space, choice)
        limit = rotor_stress(section.template.design()).speed_limit_rad_per_s()
        return SectionField(coarse_table(section, question.effort), limit)
    except _FAULTS as error:
        return SectionField(None, 0.0, str(error))


def check_finely(question: Question, choice: Choice) -> Outcome:
    """The choice as drawn, with its own winding, by fine elements and fine maps."""
    try:
        section = fine_section_of(question.base, question.space, choice)
        limit = rotor_stress(section.template.design()).speed_limit_rad_per_s()
        field = SectionField(fine_table(section), limit)
    except _FAULTS as error:
        field = SectionField(None, 0.0, str(error))
    return _outcome(question, choice, field, FINE_MAP)


def _outcome(question: Question, choice: Choice, field: SectionField, fineness: tuple[int, int]) -> Outcome:
    if field.table is None:
        return Outcome(choice, {}, {}, field.fault)
    try:
        unit = unit_of(question.base, question.space, choice, field.rotor_limit_rad_per_s)
        speeds, fractions = fineness
        voltage = question.demands.dc_voltage_v
        motor_map = evaluate_motor(unit.motor, field.table, voltage, speeds=speeds, fractions=fractions)
        judged = judge(
            compose_unit(unit, motor_map, fractions=fractions), question.demands, question.prices, question.duty
        )
    except _FAULTS as error:
        return Outcome(choice, {}, {}, str(error))
    return Outcome(choice, dict(judged.figures), dict(judged.shortfalls))
