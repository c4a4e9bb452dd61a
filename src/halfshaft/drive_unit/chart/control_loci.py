"""The loci of the control: where in the plane of currents a motor works, and what its field or phase current is over speed and torque.

On the left the plane of i_d and i_q with the current limit as a circle, for a few speeds the currents that the voltage allows as an ellipse
(of saturated iron: a bent one) and the way of least loss from no torque to the greatest, motoring above and generating below. On the
right the field current of an externally excited machine, else the phase current, over speed and torque.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.chart.contours import level_lines
from halfshaft.drive_unit.chart.frame import INK, PALE, Frame, number, page, polyline, text, text_width, ticks
from halfshaft.drive_unit.chart.levels import label_place, labelled_lines, shaded
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.machine import FieldWinding
from halfshaft.drive_unit.magnetic_table import MagneticModel
from halfshaft.drive_unit.motor_map import MotorMap

Array = NDArray[np.float64]

RPM = 30.0 / np.pi
_WIDTH, _HEIGHT = 1360.0, 760.0
_SPEED_COLOURS = ("#22577a", "#2a9d8f", "#e9a03b", "#c8553d")
_TALL = 560.0
_PLANE_NODES = 141
_MTPA_TORQUES = 60
_TORQUE_LINES = 12
_CURRENT_COLOURS = np.array([[250, 247, 240], [244, 222, 176], [235, 180, 120], [211, 120, 86], [160, 64, 66]])


def control_svg(motor_map: MotorMap, magnetics: MagneticModel) -> str:
    """The loci of a motor map, whose machine has the field ``magnetics``, as an SVG document."""
    model = LossModel(motor_map.motor, magnetics, motor_map.dc_voltage_v)
    excited = isinstance(motor_map.motor.machine.lamination.rotor, FieldWinding)
    note = "; ellipses and torque lines at the field current of the greatest torque" if excited else ""
    parts = [
        text(30.0, 40.0, motor_map.motor.name, 20, bold=True),
        text(30.0, 64.0, f"Loss-minimal control at {motor_map.dc_voltage_v:g} V DC; peak values{note}", 13, PALE),
        *_plane(motor_map, model),
        *_over_torque(motor_map, excited, _plane_frame(motor_map, model)),
    ]
    return page(_WIDTH, _HEIGHT, f"Loci of the control of {motor_map.motor.name}", parts)


def drawn_speeds(motor_map: MotorMap) -> list[int]:
    """Indices of the speeds whose loci are drawn: where the torque begins to fall, half way to the end, and the end."""
    falls = np.flatnonzero(motor_map.peak_torque_nm < 0.985 * motor_map.peak_torque_nm[0])
    corner = max(int(falls[0]) if len(falls) else len(motor_map.speed_rad_per_s) // 3, 1)
    last = len(motor_map.speed_rad_per_s) - 1
    return sorted({corner, corner + (last - corner) // 3, corner + 2 * (last - corner) // 3, last})


def maximum_torque_per_ampere(model: LossModel, field_ampere_turns: float, highest_nm: float) -> tuple[Array, Array]:
    """d and q ampere-turns (k,) of least stator current for torques up to ``highest_nm`` at one field current, within the limit."""
    low = max(model.magnetics.current_range.a_d[0], -model.current_limit_a)
    high = min(model.magnetics.current_range.a_d[1], model.current_limit_a)
    a_d = np.linspace(low, high, 1201)
    torque = np.linspace(0.0, highest_nm, _MTPA_TORQUES + 1)[1:]
    point = model.point_for_torque(torque[:, None], a_d, np.array(field_ampere_turns))
    modulus = np.hypot(point.a_d, point.a_q)
    least = np.argmin(modulus, axis=1)
    rows = np.arange(len(torque))
    keep = modulus[rows, least] <= model.current_limit_a * (1.0 + 1e-6)
    return np.append(0.0, point.a_d[rows, least][keep]), np.append(0.0, point.a_q[rows, least][keep])


def _plane_frame(m: MotorMap, model: LossModel) -> Frame:
    """One scale for both axes, so that the current limit is a circle."""
    limit = model.current_limit_a / m.motor.machine.series_turns
    right = min(max(0.45 * limit, 1.1 * float(m.i_d_a.max())), 1.1 * limit)
    left = -1.1 * limit
    width = (right - left) / (2.16 * limit) * _TALL
    return Frame((88.0, 92.0, width, _TALL), (left, right), (-1.08 * limit, 1.08 * limit))


def _plane(m: MotorMap, model: LossModel) -> list[str]:
    turns = m.motor.machine.series_turns
    limit, speeds, frame = model.current_limit_a / turns, drawn_speeds(m), _plane_frame(m, model)
    field = _field_turns(m) * m.field_current_a
    low = max(model.magnetics.current_range.a_d[0] / turns, frame.x_range[0])
    high = min(model.magnetics.current_range.a_d[1] / turns, frame.x_range[1])
    reach = min(model.magnetics.current_range.a_q / turns, frame.y_range[1])
    d, q = np.meshgrid(np.linspace(low, high, _PLANE_NODES), np.linspace(-reach, reach, _PLANE_NODES), indexing="ij")
    parts = frame.background("i_d (A)", "i_q (A)")
    parts += _torque_lines(frame, m, model, d, q, float(field[0, -1]))
    around = np.linspace(0.0, 2.0 * np.pi, 181)
    parts.append(frame.line(limit * np.cos(around), limit * np.sin(around), INK, 1.8))
    parts.append(
        text(
            float(frame.px(np.array(0.0))) + 6.0,
            float(frame.py(np.array(limit))) - 6.0,
            f"{limit:,.0f} A",
            12,
            halo=True,
        )
    )
    volts = m.motor.inverter.phase_voltage_limit_v(m.dc_voltage_v)
    for k, colour in zip(speeds, _SPEED_COLOURS, strict=False):
        point = model.point(turns * d, turns * q, np.array(field[k, -1]))
        voltage = model.phase_voltage_v(np.array(m.speed_rad_per_s[k]), point)
        for line in level_lines(frame.px(d), frame.py(q), voltage, volts):
            parts.append(polyline(line, colour, 1.1, "5 4", f'clip-path="url(#{frame.clip})"'))
    for k, colour in zip(speeds, _SPEED_COLOURS, strict=False):
        parts.append(frame.line(m.i_d_a[k], m.i_q_a[k], colour, 2.6))
        for end in (0, -1):
            x, y = frame.px(m.i_d_a[k, end]), frame.py(m.i_q_a[k, end])
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{colour}"/>')
    a_d, a_q = maximum_torque_per_ampere(model, float(field[0, -1]), float(m.peak_torque_nm[0]))
    parts.append(frame.line(a_d / turns, a_q / turns, INK, 1.6, "2 3"))
    parts.append(frame.border())
    words = [
        (f"{m.speed_rad_per_s[k] * RPM:,.0f} rpm", c, "", 2.6) for k, c in zip(speeds, _SPEED_COLOURS, strict=False)
    ]
    words += [("voltage limit", PALE, "5 4", 1.1), ("most torque per ampere", INK, "2 3", 1.6)]
    return [*parts, *_keys(words)]


def _torque_lines(frame: Frame, m: MotorMap, model: LossModel, d: Array, q: Array, field: float) -> list[str]:
    turns = m.motor.machine.series_turns
    torque = model.air_gap_torque_nm(model.point(turns * d, turns * q, np.array(field)))
    parts, labels = [], []
    taken: list[tuple[float, float, float]] = []
    for level in ticks(-float(m.peak_torque_nm[0]), float(m.peak_torque_nm[0]), _TORQUE_LINES):
        if level == 0.0:
            continue
        for line in level_lines(frame.px(d), frame.py(q), torque, level)[:1]:
            parts.append(polyline(line, "#c9ced6", 0.9, "", f'clip-path="url(#{frame.clip})"'))
            words = f"{number(level)} Nm"
            place = label_place(line, words, 10.0, taken)
            if place is not None:
                labels.append(text(place[0], place[1], words, 10, "#98a1ad", "middle", halo=True, turn_deg=place[2]))
    return [*parts, *labels]


def _over_torque(m: MotorMap, excited: bool, beside: Frame) -> list[str]:
    torque = m.torque_nm()
    rpm = np.broadcast_to(m.speed_rad_per_s[:, None] * RPM, torque.shape)
    values = m.field_current_a if excited else np.hypot(m.i_d_a, m.i_q_a)
    room = 0.05 * (torque.max() - torque.min())
    ends = float(torque.min() - room), float(torque.max() + room)
    left = beside.box[0] + beside.box[2] + 96.0
    frame = Frame((left, 92.0, _WIDTH - left - 36.0, _TALL), (0.0, 1.015 * float(rpm.max())), ends)
    levels = ticks(0.0, 0.99 * float(values.max()), 12)  # a line along the limit curve would hide it
    greatest = float(values.max())

    def colour(level: float) -> str:
        place = level / greatest * (len(_CURRENT_COLOURS) - 1)
        k = min(int(place), len(_CURRENT_COLOURS) - 2)
        rgb = np.rint(_CURRENT_COLOURS[k] + (place - k) * (_CURRENT_COLOURS[k + 1] - _CURRENT_COLOURS[k])).astype(int)
        return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"

    name = "Field current (A)" if excited else "Phase current, peak (A)"
    return [
        *frame.background("Motor speed (rpm)", "Air-gap torque (Nm)"),
        *shaded(frame, rpm, torque, values, [-1.0, *levels[1:]], lambda level: colour(max(level, 0.0))),
        *labelled_lines(frame, rpm, torque, values, levels[1:]),
        frame.border(),
        frame.line(rpm[:, 0], torque[:, 0], INK, 2.0),
        frame.line(rpm[:, -1], torque[:, -1], INK, 2.0),
        text(frame.box[0] + frame.box[2] - 12.0, frame.box[1] + 26.0, name, 14, INK, "end", bold=True, halo=True),
    ]


def _field_turns(m: MotorMap) -> float:
    rotor = m.motor.machine.lamination.rotor
    return rotor.turns_per_pole if isinstance(rotor, FieldWinding) else 0.0


def _keys(words: list[tuple[str, str, str, float]]) -> list[str]:
    parts, x, y = [], 88.0, _HEIGHT - 34.0
    for name, colour, dash, width in words:
        parts.append(polyline(np.array([[x, y - 4.0], [x + 30.0, y - 4.0]]), colour, width, dash))
        parts.append(text(x + 37.0, y, name, 12))
        x += 37.0 + text_width(name, 12.0) + 20.0
    return parts
