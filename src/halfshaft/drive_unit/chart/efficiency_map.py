"""The efficiency map: colour and labelled lines of equal efficiency over speed and torque, both directions, within the limit curves.

The map is drawn on its own mesh of speeds and shares of the peak torque, so that it ends where the limit is and not in steps below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from halfshaft.drive_unit.chart.frame import INK, PALE, Frame, page, polyline, text, text_width
from halfshaft.drive_unit.chart.levels import label_place, labelled_lines, shaded
from halfshaft.drive_unit.motor_map import MotorMap
from halfshaft.drive_unit.unit_grid import duration_limits, efficiency_of
from halfshaft.drive_unit.unit_map import UnitMap

Array = NDArray[np.float64]

RPM = 30.0 / np.pi
_FINER = 3  # times the map's nodes, along both axes
_LEVELS = (50.0, 60.0, 70.0, 80.0, 85.0, 88.0, 90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 96.0, 97.0, 98.0)
_BOLD = (80.0, 90.0, 95.0)
# From sand to sea green: light where power is lost, full where it is not.
_COLOURS = np.array(
    [[247, 242, 233], [243, 226, 190], [226, 219, 148], [173, 207, 143], [105, 176, 139], [38, 124, 118]]
)
_SHADED = (50.0, 98.0)
_WIDTH, _HEIGHT = 1060.0, 760.0
_OTHER = "#7a5195"
_SAME = 1e-3  # of the peak, by which a limit may lie below it and be the same line
_DASHES = ("7 4", "9 3 2 3", "2 3", "1 5")  # from for ever to the shortest


@dataclass(frozen=True)
class Curve:
    """A limit over speed: (n,) torques, and how it is drawn."""

    name: str
    speed_rad_per_s: Array
    torque_nm: Array
    dash: str = ""
    width: float = 1.6
    colour: str = INK
    label: str = ""


@dataclass(frozen=True)
class MapView:
    """What an efficiency map shows: a mesh of n speeds and m shares of the limits, the loss on it, and limit curves."""

    title: str
    subtitle: str
    torque_title: str
    speed_rad_per_s: Array
    torque_fraction: Array
    peak_torque_nm: Array
    peak_generating_torque_nm: Array
    loss_w: Array
    curves: tuple[Curve, ...]


def unit_view(unit_map: UnitMap, others: Sequence[UnitMap] = ()) -> MapView:
    """A unit's map as it is drawn; of ``others``, at other voltages, the peak torque alone."""
    speed, peak = unit_map.speed_rad_per_s, unit_map.peak_torque_nm
    limits = duration_limits(unit_map)
    as_peak = [_duration(s) for s, torque in limits.items() if np.all(torque >= (1.0 - _SAME) * peak)]
    curves = [
        Curve(", ".join(["peak", *as_peak]), speed, peak, width=2.4),
        Curve("", speed, -unit_map.peak_generating_torque_nm, width=2.4),
    ]
    below = {s: torque for s, torque in limits.items() if _duration(s) not in as_peak}
    for (seconds, torque), dash in zip(reversed(below.items()), _DASHES, strict=False):
        curves.insert(2, Curve(_duration(seconds), speed, torque, dash))
    for other in others:
        name = "peak at other voltages" if other is others[0] else ""
        label = f"{other.dc_voltage_v:g} V"
        for k, torque in enumerate((other.peak_torque_nm, -other.peak_generating_torque_nm)):
            curves.append(Curve("" if k else name, other.speed_rad_per_s, torque, "", 1.2, _OTHER, label))
    return MapView(
        title=unit_map.unit.name,
        subtitle=f"Efficiency in %, DC terminals to gear output, {unit_map.dc_voltage_v:g} V; {unit_map.peak_power_w / 1e3:,.0f} kW peak, "
        f"{unit_map.continuous_power_w / 1e3:,.0f} kW continuous",
        torque_title="Output torque at the motor shaft (Nm)",
        speed_rad_per_s=unit_map.speed_rad_per_s,
        torque_fraction=unit_map.torque_fraction,
        peak_torque_nm=unit_map.peak_torque_nm,
        peak_generating_torque_nm=unit_map.peak_generating_torque_nm,
        loss_w=unit_map.total_loss_w(),
        curves=tuple(curves),
    )


def motor_view(motor_map: MotorMap) -> MapView:
    """A motor's map as it is drawn; torque is that of the air gap."""
    speed = motor_map.speed_rad_per_s
    power_kw = float(np.max(speed * motor_map.peak_torque_nm)) / 1e3
    return MapView(
        title=motor_map.motor.name,
        subtitle=f"Efficiency in %, DC terminals to air gap, {motor_map.dc_voltage_v:g} V; {power_kw:,.3g} kW peak",
        torque_title="Air-gap torque (Nm)",
        speed_rad_per_s=speed,
        torque_fraction=motor_map.torque_fraction,
        peak_torque_nm=motor_map.peak_torque_nm,
        peak_generating_torque_nm=motor_map.peak_generating_torque_nm,
        loss_w=motor_map.total_loss_w(),
        curves=(
            Curve("peak", speed, motor_map.peak_torque_nm, width=2.4),
            Curve("", speed, -motor_map.peak_generating_torque_nm, width=2.4),
        ),
    )


def efficiency_svg(view: MapView) -> str:
    """The efficiency map as an SVG document."""
    rpm, torque, efficiency = _fine(view)
    low, high = float(torque.min()), float(torque.max())
    curves = [curve for curve in view.curves if curve.torque_nm.size]
    low = min(low, *(float(c.torque_nm.min()) for c in curves))
    high = max(high, *(float(c.torque_nm.max()) for c in curves))
    room = 0.05 * (high - low)
    fastest = max(float(rpm.max()), *(float(c.speed_rad_per_s[-1]) * RPM for c in curves))
    frame = Frame(
        (86.0, 92.0, _WIDTH - 86.0 - 34.0, _HEIGHT - 92.0 - 96.0), (0.0, 1.015 * fastest), (low - room, high + room)
    )
    parts = [
        text(30.0, 40.0, view.title, 20, bold=True),
        text(30.0, 64.0, view.subtitle, 13, PALE),
        *frame.background("Motor speed (rpm)", view.torque_title),
        *shaded(frame, rpm, torque, efficiency, (-1.0, *_LEVELS), shade),
        *labelled_lines(frame, rpm, torque, efficiency, tuple(reversed(_LEVELS)), _BOLD, keep_clear=_zero_band(frame)),
        frame.border(),
    ]
    parts += [frame.line(c.speed_rad_per_s * RPM, c.torque_nm, c.colour, c.width, c.dash) for c in curves]
    for curve in curves:
        parts += _named(frame, curve)
    parts += _best(frame, rpm, torque, efficiency)
    parts += _legend([curve for curve in curves if curve.name])
    return page(_WIDTH, _HEIGHT, f"Efficiency map of {view.title}", parts)


def _fine(view: MapView) -> tuple[Array, Array, Array]:
    """Speeds in rpm, torques and efficiencies in % on a finer mesh (n, m); between nodes monotone, so that nothing is overshot."""
    speed, fraction = (_finer(nodes) for nodes in (view.speed_rad_per_s, view.torque_fraction))

    def along(values: Array, axis: int, nodes: Array, at: Array) -> Array:
        found: Array = PchipInterpolator(nodes, values, axis=axis)(at)
        return found

    loss = along(along(view.loss_w, 0, view.speed_rad_per_s, speed), 1, view.torque_fraction, fraction)
    limits = [np.interp(speed, view.speed_rad_per_s, c) for c in (view.peak_generating_torque_nm, view.peak_torque_nm)]
    torque = np.where(fraction < 0.0, limits[0][:, None], limits[1][:, None]) * fraction
    efficiency = efficiency_of(speed[:, None] * torque, loss)
    return np.broadcast_to(speed[:, None] * RPM, torque.shape), torque, 100.0 * np.nan_to_num(efficiency)


def _finer(nodes: Array) -> Array:
    shares = np.arange(_FINER) / _FINER
    between = (nodes[:-1, None] + np.diff(nodes)[:, None] * shares).ravel()
    return np.append(between, nodes[-1])


def shade(level: float) -> str:
    """The colour of an efficiency in %."""
    share = np.clip((level - _SHADED[0]) / (_SHADED[1] - _SHADED[0]), 0.0, 1.0) ** 1.7
    place = share * (len(_COLOURS) - 1)
    k = min(int(place), len(_COLOURS) - 2)
    rgb = np.rint(_COLOURS[k] + (place - k) * (_COLOURS[k + 1] - _COLOURS[k])).astype(int)
    return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"


def _best(frame: Frame, x: Array, y: Array, z: Array) -> list[str]:
    """A mark at the greatest efficiency of either direction."""
    parts = []
    for driving in (True, False):
        side = np.where((y > 0.0) == driving, z, -np.inf)
        k = np.unravel_index(int(np.argmax(side)), z.shape)
        if not side[k] > 0.0:
            continue
        px, py = float(frame.px(x[k])), float(frame.py(y[k]))
        words = f"{z[k]:.1f} % at {x[k]:,.0f} rpm, {abs(y[k]):,.3g} Nm"
        parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{INK}" stroke="#ffffff" stroke-width="1.5"/>')
        fits = px + 12.0 + text_width(words, 12.0) < frame.box[0] + frame.box[2]
        parts.append(
            text(
                px + (10.0 if fits else -10.0),
                py - 6.0,
                words,
                12,
                INK,
                "start" if fits else "end",
                bold=True,
                halo=True,
            )
        )
    return parts


def _named(frame: Frame, curve: Curve) -> list[str]:
    """A curve's label, on it."""
    if not curve.label:
        return []
    line = frame.points(curve.speed_rad_per_s * RPM, curve.torque_nm)
    place = label_place(line[len(line) // 2 :], curve.label, 11.0, [])
    if place is None:
        return []
    return [text(place[0], place[1], curve.label, 11, curve.colour, "middle", halo=True, turn_deg=place[2])]


def _zero_band(frame: Frame) -> tuple[float, float]:
    """Pixels about the axis of no torque, where lines lie too close for labels."""
    zero = float(frame.py(np.array(0.0)))
    return zero - 14.0, zero + 14.0


def _legend(curves: Sequence[Curve]) -> list[str]:
    parts, x, y = [], 86.0, _HEIGHT - 22.0
    for curve in curves:
        points = np.array([[x, y - 4.0], [x + 34.0, y - 4.0]])
        parts.append(polyline(points, curve.colour, curve.width, curve.dash))
        parts.append(text(x + 42.0, y, curve.name, 12))
        x += 42.0 + text_width(curve.name, 12.0) + 26.0
    return parts


def _duration(seconds: float) -> str:
    if np.isinf(seconds):
        return "continuous"
    return f"{seconds / 60.0:g} min" if seconds >= 120.0 else f"{seconds:g} s"
