"""A built-in induction machine as a ready drive unit with its field, for whoever needs one without a kit that has it.

Cars with squirrel-cage machines are on the road, but no kit of a programme need offer one. A unit of a kit lends inverter, gear and
cooling; the machine is drawn by a built-in file, and what no drawing tells (bearings, windage, housing) is assumed here as the kits do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np

from halfshaft.drive_unit import DriveUnit, Lamination, Machine
from halfshaft.drive_unit.drawn import drawn_lamination
from halfshaft.drive_unit.field.winding_loss import series_turns
from halfshaft.drive_unit.flux_map.grid import caged_grid
from halfshaft.drive_unit.flux_map.sweep import compute_flux_map
from halfshaft.drive_unit.geometry.design import MachineDesign, RoundWire
from halfshaft.drive_unit.magnetic_table import MagneticTable, magnetic_table
from halfshaft.programme.machines import read_machine
from halfshaft.study.pipeline import StageRunner
from halfshaft.study.store import key_of
from halfshaft.study.workers import Task

MACHINE = "etron_class_im"
# Peak phase currents that give the machines' published torques, 430 and 355 Nm.
CURRENTS_A = {"model_s_class_im": 840.0, "etron_class_im": 700.0}
_NODES = (12, 13)
_MARGIN = 1e-6
_MAX_RPM = 18_000.0  # assumption: of the order of the cars' 16,000 to 18,000 rpm
# As the reference programme's kit assumes them of machines of this size.
_ASSUMED: dict[str, Any] = {
    "bearing_torque_nm": 0.2,
    "windage_w_per_m_rad3_s3": 1e-7,
    "iron_building_factor": 1.25,
    "inverter_iron_factor": 1.2,
    "shaft_kg_per_m": 12.0,
    "housing_kg_per_m": 20.0,
    "housing_ends_kg": 4.0,
    "end_space_length_m": 0.12,
    "max_speed_rad_per_s": _MAX_RPM * np.pi / 30.0,
}
_HOUSING_OVER_STATOR_M = 0.028


def induction_unit(like: DriveUnit, *, machine: str = MACHINE, current_a: float | None = None) -> DriveUnit:
    """A unit with a built-in induction machine, and inverter, gear and cooling of ``like``.

    The inverter gets as many chips of its kind as ``current_a`` (peak) asks for, by default those that give the machine's published
    torque. Raises ValueError where ``like`` feeds two winding sets.
    """
    if like.inverter.sets != 1:
        raise ValueError(f"unit {like.name!r} feeds {like.inverter.sets} three-phase sets; lend an inverter of one")
    design, current_a = read_machine(machine), CURRENTS_A[machine] if current_a is None else current_a
    chips = current_a / like.inverter.current_limit_a
    inverter = replace(
        like.inverter,
        name=f"{like.inverter.name} for {machine}",
        chip_pieces=like.inverter.chip_pieces * chips,  # type: ignore[arg-type]  # a fraction is chips of another size
        stated_current_limit_a=current_a,
        mass_kg=like.inverter.mass_kg * chips,
    )
    lamination = induction_lamination(design)
    turns = series_turns(design)
    made = Machine(
        machine, lamination, design.stack_length_m, round(turns), design.winding.parallel_paths if design.winding else 1
    )
    return DriveUnit(f"{machine}/{inverter.name}/{like.gear.name}", made, inverter, like.gear, like.cooling)


def induction_lamination(design: MachineDesign) -> Lamination:
    """The drawn cross-section with what a drawing does not tell. Raises ValueError for a drawing without cage."""
    told = drawn_lamination(design)
    if told.cage is None:
        raise ValueError(f"{design.name} has no cage")
    data: dict[str, Any] = {
        field.name: getattr(told, field.name)
        for field in dataclasses.fields(told)
        if field.name not in ("magnet_kg_per_m", "field", "cage")
    }
    wire = design.winding.wire if design.winding else None
    if isinstance(wire, RoundWire):
        # Strands change places along the stack, so a slot's own field crowds current within a strand alone: as many layers as conductors,
        # each a strand high, leave of Dowell's factor what that is. The machine's field in the strands stands in the map.
        conductors = (
            6.0 * series_turns(design) * design.winding.parallel_paths / design.slots if design.winding else 1.0
        )
        data |= {"slot_copper_height_m": conductors * wire.diameter_m, "conductor_width_share": 0.6}
    data |= _ASSUMED
    return Lamination(
        **data,
        name=design.name,
        housing_diameter_m=told.outer_diameter_m + _HOUSING_OVER_STATOR_M,
        rotor=told.cage,
    )


def induction_table(
    *, machine: str = MACHINE, current_a: float | None = None, nodes: tuple[int, int] = _NODES, workers: int = 2
) -> MagneticTable:
    """The field of a built-in induction machine for phase currents up to ``current_a`` (peak); takes half a minute. Raises
    KeyError for a machine without a usual current, where none is given.
    """
    design, current_a = read_machine(machine), CURRENTS_A[machine] if current_a is None else current_a
    grid = caged_grid(current_a * (1.0 + _MARGIN), nodes)
    return magnetic_table(
        compute_flux_map(design, i_d_a=grid.i_d_a, i_q_a=grid.i_q_a, i_f_a=grid.i_f_a, checked=False, workers=workers)
    )


def induction_reference(
    runner: StageRunner, like: DriveUnit, *, machine: str = MACHINE
) -> tuple[DriveUnit, MagneticTable]:
    """The unit and its field, which the runner's store keeps: computed once. Raises as `induction_unit` does."""
    unit = induction_unit(like, machine=machine)
    key = key_of("induction field", read_machine(machine), CURRENTS_A[machine], _NODES)
    with runner.stage("induction machine", 1):
        (table,) = runner.executor.run([Task(key, machine, _table, (machine, runner.executor.workers))], runner.done)
    return unit, table


def _table(machine: str, workers: int) -> MagneticTable:
    return induction_table(machine=machine, workers=workers)
