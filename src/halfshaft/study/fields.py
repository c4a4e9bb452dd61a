"""The field of each lamination of a kit: its machine's flux map, computed once, with a drawing, a picture of the field, and the
speed that its rotor stands.

The map's range is what the kit can drive: the greatest ampere-turns of any machine of the lamination with any of its inverters, and the
field winding's limit. Nothing beyond is asked for, and nothing short of it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit import DriveUnit, FieldWinding, Lamination, SquirrelCage
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.picture import field_svg
from halfshaft.drive_unit.field.point import NotConverged
from halfshaft.drive_unit.field.winding_loss import series_turns
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.grid import CurrentGrid, caged_grid, with_zero
from halfshaft.drive_unit.flux_map.sweep import compute_flux_map, default_divisions
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.draw import draw_svg
from halfshaft.drive_unit.magnetic_table import MagneticTable, magnetic_table
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design
from halfshaft.drive_unit.rotor_stress import OVERSPEED, rotor_stress
from halfshaft.drive_unit.rotor_stress.picture import stress_svg
from halfshaft.programme import DrawnMachine, FieldSettings, Programme
from halfshaft.quantities import InputError

Array = NDArray[np.float64]

# Greatest positive d current in shares of the stator's limit: saliency may use it with a field winding, magnets hardly want it.
_POSITIVE_D = {True: 0.5, False: 0.2}
_MARGIN = 1e-6  # of the range, so that a limit computed in other units does not end beyond it


@dataclass(frozen=True, eq=False)
class RotorStrength:
    """The service speed that a rotor stands and what limits it; stresses in MPa at ``OVERSPEED`` times that speed, which is drawn.

    The speed is None where the stress could not be found; then ``notes`` say why.
    """

    speed_limit_rad_per_s: float | None
    weakest: str
    place: str
    nominal_mpa: float
    yield_mpa: float
    notes: tuple[str, ...]
    stress_svg: str


@dataclass(frozen=True, eq=False)
class LaminationField:
    """What was computed of a lamination: ``currents_a`` (i_d, i_q, i_f) give the greatest torque within its limits, which is drawn."""

    lamination: str
    machine: str
    flux_map: FluxMap
    currents_a: tuple[float, float, float]
    drawing_svg: str
    field_svg: str
    strength: RotorStrength

    def table(self) -> MagneticTable:
        """The field as the control asks for it."""
        return magnetic_table(self.flux_map)


def stator_limit_a(lamination: Lamination, units: tuple[DriveUnit, ...]) -> float:
    """Greatest stator ampere-turns that any unit of the lamination may drive."""
    return max(u.inverter.current_limit_a * u.machine.series_turns for u in units if u.machine.lamination == lamination)


def current_grid(lamination: Lamination, drawn: DrawnMachine, stator_a: float, settings: FieldSettings) -> CurrentGrid:
    """Currents of the map in amperes of the drawn machine."""
    stator = stator_a / series_turns(drawn.design) * (1.0 + _MARGIN)
    rotor = lamination.rotor
    if isinstance(rotor, SquirrelCage):
        return caged_grid(stator, (settings.d_nodes, settings.q_nodes))
    excited = isinstance(rotor, FieldWinding)
    field = rotor.current_limit_a * (1.0 + _MARGIN) if isinstance(rotor, FieldWinding) else 0.0
    return CurrentGrid(
        with_zero(-stator, _POSITIVE_D[excited] * stator, settings.d_nodes),
        np.linspace(0.0, stator, settings.q_nodes),
        np.linspace(0.0, field, settings.field_nodes) if excited else np.zeros(1),
    )


def compute_field(
    lamination: Lamination, drawn: DrawnMachine, stator_a: float, settings: FieldSettings, workers: int
) -> LaminationField:
    """Mesh the drawn machine, sweep its currents, and draw it at its greatest torque.

    Raises InputError naming the machine when its field cannot be computed.
    """
    design, grid = drawn.design, current_grid(lamination, drawn, stator_a, settings)
    divisions = settings.divisions_per_pole or default_divisions(design, settings.order, settings.positions)
    try:
        mesh = mesh_design(design, MeshOptions(divisions_per_pole=divisions))
        flux_map = compute_flux_map(
            design,
            i_d_a=grid.i_d_a,
            i_q_a=grid.i_q_a,
            i_f_a=grid.i_f_a,
            positions=settings.positions,
            order=settings.order,
            magnet_temperature_c=drawn.magnet_temperature_c,
            workers=workers,
            mesh=mesh,
        )
        magnetic_table(flux_map)
        peak = greatest_torque_currents_a(flux_map)
        picture = field_svg(FieldModel(design, mesh, settings.order, drawn.magnet_temperature_c), *peak)
    except (ValueError, NotConverged) as error:
        raise InputError.of(
            "kit/laminations.yaml",
            f"the field of {drawn.name} cannot be computed: {error}",
            "change the machine, or the currents that inverters and field winding allow",
            field=f"laminations.{lamination.name}.machine",
        ) from None
    drawing = draw_svg(design)
    for mark in ('id="', "url(#"):  # several drawings stand on one page: gradients are their own
        drawing = drawing.replace(mark, f"{mark}{lamination.name}-")
    return LaminationField(lamination.name, drawn.name, flux_map, peak, drawing, picture, rotor_strength(design))


def rotor_strength(design: MachineDesign) -> RotorStrength:
    """The speed that the drawn rotor stands, with usual overspeed and the strengths that are assumed of its steel."""
    try:
        found = rotor_stress(design)
    except ValueError as error:  # a sleeve, say, which a kit does not tell of
        return RotorStrength(None, "", "", 0.0, 0.0, (str(error),), "")
    limit = found.speed_limit_rad_per_s()
    weakest = found.weakest
    return RotorStrength(
        speed_limit_rad_per_s=limit,
        weakest=weakest.name,
        place=weakest.place,
        nominal_mpa=1e-6 * weakest.nominal_pa_s2 * (OVERSPEED * limit) ** 2,
        yield_mpa=1e-6 * weakest.yield_strength_pa,
        notes=found.assumptions,
        stress_svg=stress_svg(found, OVERSPEED * limit),
    )


def check_speed(lamination: Lamination, field: LaminationField) -> None:
    """Raises InputError where a lamination's greatest speed is more than its rotor stands, naming the weakest neck."""
    found, stated = field.strength, lamination.max_speed_rad_per_s
    if found.speed_limit_rad_per_s is None or stated <= found.speed_limit_rad_per_s * (1.0 + _MARGIN):
        return
    rpm = 30.0 / np.pi
    raise InputError.of(
        "kit/laminations.yaml",
        f"the rotor of {field.machine} stands {found.speed_limit_rad_per_s * rpm:.0f} rpm in service; its weakest neck, {found.weakest} "
        f"({found.place}), yields at {found.yield_mpa:.0f} MPa",
        f"lower the speed, or strengthen the neck; `halfshaft machine stress {field.machine} --speed-rpm {stated * rpm:.0f}` shows it",
        field=f"laminations.{lamination.name}.max_speed",
    )


def greatest_torque_currents_a(flux_map: FluxMap) -> tuple[float, float, float]:
    """The node of greatest torque among those whose stator current does not exceed the greatest q current."""
    d, q, _ = np.meshgrid(flux_map.i_d_a, flux_map.i_q_a, flux_map.i_f_a, indexing="ij")
    within = np.hypot(d, q) <= flux_map.i_q_a[-1] * (1.0 + _MARGIN)
    i, j, k = np.unravel_index(int(np.argmax(np.where(within, flux_map.torque_nm, -np.inf))), d.shape)
    return float(flux_map.i_d_a[i]), float(flux_map.i_q_a[j]), float(flux_map.i_f_a[k])


def laminations_in_use(programme: Programme) -> tuple[Lamination, ...]:
    """The laminations of which the kit makes units, in the kit's order."""
    return tuple(dict.fromkeys(unit.machine.lamination for unit in programme.kit.units))
