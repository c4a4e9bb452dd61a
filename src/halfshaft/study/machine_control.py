"""The control of any synchronous machine from its flux map: a computed map (netCDF) or a table of measured flux linkages (CSV).

Currents of least loss in copper, iron and excitation over speed and air-gap torque, within the limits of current, field current and
voltage.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from halfshaft.drive_unit.chart import control_svg, efficiency_svg, motor_view
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.measured import read_table
from halfshaft.drive_unit.flux_map.netcdf import FluxMapFileError, load
from halfshaft.drive_unit.mapped_motor import MappedMotor, Statements, mapped_motor
from halfshaft.drive_unit.motor_map import MOTOR_LOSS_PARTS, MotorMap
from halfshaft.drive_unit.unit_grid import efficiency_of
from halfshaft.quantities import InputError
from halfshaft.study.document import Json
from halfshaft.study.machines import write_text
from halfshaft.study.unit_pictures import check_picture, write_pictures

RPM = 30.0 / np.pi
_LEAST_SPEEDS, _LEAST_TORQUES = 2, 3


@dataclass(frozen=True, eq=False)
class MachineControl:
    """The control of one machine at one DC voltage, and the motor that was made of its map."""

    mapped: MappedMotor
    motor_map: MotorMap

    def document(self) -> Json:
        """Main figures; the table itself is what ``csv_text`` writes."""
        m = self.motor_map
        power = m.speed_rad_per_s * m.peak_torque_nm
        output = m.speed_rad_per_s[:, None] * m.torque_nm()
        efficiency = efficiency_of(output, m.total_loss_w())
        best = np.unravel_index(int(np.nanargmax(np.where(output > 0.0, efficiency, np.nan))), efficiency.shape)
        return {
            "machine": m.motor.machine.name,
            "dc_voltage_v": m.dc_voltage_v,
            "current_limit_a": m.motor.inverter.current_limit_a,
            "phase_voltage_limit_v": m.motor.inverter.phase_voltage_limit_v(m.dc_voltage_v),
            "peak_torque_nm": float(m.peak_torque_nm[0]),
            "at_i_d_a": float(m.i_d_a[0, -1]),
            "at_i_q_a": float(m.i_q_a[0, -1]),
            "at_i_f_a": float(m.field_current_a[0, -1]),
            "peak_generating_torque_nm": float(m.peak_generating_torque_nm[0]),
            "peak_power_kw": float(power.max()) / 1e3,
            "at_speed_rpm": float(m.speed_rad_per_s[np.argmax(power)]) * RPM,
            "max_speed_rpm": float(m.speed_rad_per_s[-1]) * RPM,
            "peak_efficiency_percent": 100.0 * float(efficiency[best]),
            "best_at_speed_rpm": float(m.speed_rad_per_s[best[0]]) * RPM,
            "best_at_torque_nm": float(m.torque_nm()[best]),
            "operating_points": int(efficiency.size),
            "notes": list(self.mapped.notes),
        }

    def csv_text(self) -> str:
        """One row for each operating point, units in the columns' names; the torque is the air gap's."""
        m = self.motor_map
        torque = m.torque_nm()
        speed = np.broadcast_to(m.speed_rad_per_s[:, None], torque.shape)
        columns = {
            "speed_rpm": speed * RPM,
            "torque_nm": torque,
            "i_d_a": m.i_d_a,
            "i_q_a": m.i_q_a,
            "i_f_a": m.field_current_a,
            "phase_voltage_v": m.phase_voltage_v,
            "loss_w": m.total_loss_w(),
            **{f"loss_{part}_w": m.loss_w[part] for part in MOTOR_LOSS_PARTS if np.any(m.loss_w[part])},
            "efficiency_percent": 100.0 * efficiency_of(speed * torque, m.total_loss_w()),
        }
        rows = np.stack([column.ravel() for column in columns.values()], axis=1)
        lines = [",".join("" if np.isnan(v) else f"{v + 0.0:.9g}" for v in row) for row in rows]
        return "\n".join([",".join(columns), *lines, ""])

    def write(self, out: Path | None, plot: Path | None) -> list[str]:
        """Write the table and the pictures that are asked for; the files written. Raises InputError."""
        files = []
        if out is not None:
            write_text(out, self.csv_text())
            files.append(str(out))
        if plot is not None:
            pictures = [control_svg(self.motor_map, self.mapped.magnetics), efficiency_svg(motor_view(self.motor_map))]
            files += [str(file) for file in write_pictures(self.mapped.motor.name, pictures, plot, beside="efficiency")]
        return files


def machine_control(
    file: Path,
    stated: Statements,
    dc_voltage_v: float,
    *,
    pole_pairs: int | None = None,
    speeds: int = 41,
    torques: int = 61,
) -> MachineControl:
    """The control of the machine whose map ``file`` holds. Raises InputError.

    ``torques`` are counted over both directions; a table has no pole pairs of its own, a computed map has.
    """
    if speeds < _LEAST_SPEEDS or torques < _LEAST_TORQUES or torques % 2 == 0:
        raise InputError.of(
            "command line", f"{speeds} speeds and {torques} torques make no map",
            "give at least 2 speeds and an odd number of at least 3 torques",
        )  # fmt: skip
    try:
        mapped = mapped_motor(read_map(file, pole_pairs), stated)
        found = evaluate_motor(
            mapped.motor, mapped.magnetics, dc_voltage_v, speeds=speeds, fractions=torques, rated=False
        )
    except ValueError as error:
        raise InputError.of(file, str(error), "change the map or what is stated about its machine") from None
    return MachineControl(mapped, found)


def control_document(
    file: Path,
    dc_voltage_v: float,
    out: Path | None,
    plot: Path | None,
    *,
    max_speed_rpm: float,
    pole_pairs: int | None = None,
    speeds: int = 41,
    torques: int = 61,
    **stated: Any,
) -> Json:
    """The control as a document, its table and pictures as files; ``stated`` are other fields of `Statements`. Raises InputError."""
    if plot is not None:
        check_picture(plot)
    statements = Statements(max_speed_rad_per_s=max_speed_rpm / RPM, **stated)
    found = machine_control(file, statements, dc_voltage_v, pole_pairs=pole_pairs, speeds=speeds, torques=torques)
    return {**found.document(), "files": found.write(out, plot)}


def read_map(file: Path, pole_pairs: int | None) -> FluxMap:
    """A map from netCDF or CSV. Raises InputError."""
    try:
        if file.suffix == ".csv":
            if pole_pairs is None:
                raise InputError.of(file, "a table does not tell its machine's pole pairs", "state --pole-pairs")
            return read_table(file, pole_pairs)
        found = load(file)
    except (FileNotFoundError, FluxMapFileError) as error:
        raise InputError.of(file, str(error), "`halfshaft machine map` writes maps; a table is a .csv file") from None
    if pole_pairs not in (None, found.pole_pairs):
        raise InputError.of(
            file, f"the map has {found.pole_pairs} pole pairs, not {pole_pairs}", "leave --pole-pairs out"
        )
    return found
