"""Charts of one drive unit: efficiency map, loss map, torque–speed limits with the vehicles' operating points, and where the loss goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.report.charts import INK, axis, figure, plain
from halfshaft.report.names import Names, series_colour

Json = Mapping[str, Any]

_SPEED = "Motor speed (rpm)"
_TORQUE = "Torque at the motor shaft (Nm)"
_EFFICIENCY_SCALE = [[0.0, "#f4ece1"], [0.35, "#f2d7a7"], [0.6, "#cfd58c"], [0.8, "#8fc08a"], [1.0, "#2f8a78"]]
_LOSS_SCALE = [[0.0, "#f7f5f2"], [0.25, "#f3dfc1"], [0.5, "#e9b98a"], [0.75, "#d48460"], [1.0, "#a64a3c"]]
_PART_NAMES = {
    "stator_copper": "stator copper",
    "excitation": "excitation",
    "stator_iron": "stator iron",
    "rotor_iron": "rotor iron",
    "magnets": "magnets",
    "inverter": "inverter",
    "gear": "gear",
    "mechanical": "mechanical",
}


def efficiency_map(unit_map: Json) -> dict[str, Any]:
    """Efficiency over speed and torque as colour, with labelled contours and the limit curves.

    Labelled lines stand at 80, 85 and 90 %, and at every 1 % above, where the map is flat and people look.
    """
    base = _contour(unit_map, "efficiency_percent", "%", {"start": 70, "end": 97, "size": 1}, _EFFICIENCY_SCALE)
    base["contours"]["showlabels"] = False
    base.update(zmin=70, zmax=97, line={"width": 0})
    lines = [
        _contour(unit_map, "efficiency_percent", "%", contours, _EFFICIENCY_SCALE)
        for contours in ({"start": 80, "end": 90, "size": 5}, {"start": 91, "end": 99, "size": 1})
    ]
    for trace in lines:
        trace["contours"]["coloring"] = "none"
        trace.update(showscale=False, hoverinfo="skip")
    return _speed_torque([base, *lines, *_covers(unit_map), *_limits(unit_map)], unit_map)


def loss_map(unit_map: Json) -> dict[str, Any]:
    """Labelled contours of the total loss over speed and torque, with the limit curves."""
    top = max((z for row in unit_map["loss_kw"] for z in row if z is not None), default=1.0)
    step = next((s for s in (0.5, 1.0, 2.0, 5.0, 10.0) if top / s <= 14), 20.0)
    contours = {"start": step, "end": top, "size": step}
    base = _contour(unit_map, "loss_kw", "kW", contours, _LOSS_SCALE)
    return _speed_torque([base, *_covers(unit_map), *_limits(unit_map)], unit_map)


def operating_points(unit_map: Json, names: Names) -> dict[str, Any]:
    """Where WLTC takes the unit in each vehicle: one colour for each vehicle, open marks on the front axle."""
    points = []
    for trace in unit_map["vehicles"]:
        colour = names.vehicle_colour(trace["vehicle"])
        front = trace["axle"] == "front"
        points.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": plain(f"{names.vehicle(trace['vehicle'])}, {trace['axle']}"),
                "x": trace["speed_rpm"],
                "y": trace["torque_nm"],
                "marker": {
                    "size": 5,
                    "color": colour,
                    "opacity": 0.75,
                    "symbol": "circle-open" if front else "circle",
                    "line": {"width": 1, "color": colour},
                },
                "hovertemplate": "%{x:,.0f} rpm, %{y:,.0f} Nm<extra>%{fullData.name}</extra>",
            }
        )
    return _speed_torque([*_limits(unit_map, filled=True), *points], unit_map)


def loss_parts(unit_map: Json) -> dict[str, Any]:
    """The parts of the loss along the peak-torque curve, stacked over speed."""
    speed = unit_map["limits"]["speed_rpm"]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "stackgroup": "loss",
            "name": plain(_PART_NAMES.get(part, part.replace("_", " "))),
            "x": speed,
            "y": values,
            "line": {"width": 0.5, "color": series_colour(index)},
            "fillcolor": series_colour(index),
            "hovertemplate": "%{y:.2f} kW<extra>%{fullData.name}</extra>",
        }
        for index, (part, values) in enumerate(unit_map["loss_parts_at_full_torque_kw"].items())
    ]
    return figure(
        data,
        axis(_SPEED, rangemode="tozero"),
        axis("Loss at peak torque (kW)", rangemode="tozero"),
        hovermode="x unified",
    )


def _contour(unit_map: Json, key: str, unit: str, contours: Json, scale: Sequence[Any]) -> dict[str, Any]:
    by_speed = [_to_the_limit(row) for row in unit_map[key]]
    return {
        "type": "contour",
        "x": unit_map["speed_rpm"],
        "y": unit_map["torque_nm"],
        # The document holds a row for each speed, a contour wants one for each torque.
        "z": [list(row) for row in zip(*by_speed, strict=True)],
        "contours": {**contours, "coloring": "fill", "showlabels": True, "labelfont": {"size": 10, "color": INK}},
        "line": {"width": 0.6, "color": "#6f7782"},
        "colorscale": scale,
        "connectgaps": False,
        "showlegend": False,
        "colorbar": {"title": {"text": unit, "side": "top"}, "thickness": 10, "len": 0.9, "outlinewidth": 0},
        "hovertemplate": f"%{{x:,.0f}} rpm, %{{y:,.0f}} Nm: %{{z:.2f}} {unit}<extra></extra>",
        "hoverongaps": False,
    }


def _to_the_limit(row: Sequence[float | None]) -> list[float | None]:
    """A row over torque whose outermost values go on beyond the limits: what is drawn then ends at the limit curve, not in steps."""
    known = [k for k, value in enumerate(row) if value is not None]
    if not known:
        return list(row)
    first, last = known[0], known[-1]
    return [row[first]] * first + list(row[first : last + 1]) + [row[last]] * (len(row) - 1 - last)


def _covers(unit_map: Json) -> list[dict[str, Any]]:
    """Paper over all that lies beyond the limit curves."""
    limits = unit_map["limits"]
    low, high = _torque_range(unit_map)
    ends = [limits["speed_rpm"][-1], limits["speed_rpm"][0]]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [*limits["speed_rpm"], *ends],
            "y": [*limits[key], end, end],
            "fill": "toself",
            "fillcolor": "#ffffff",
            "line": {"width": 0},
            "showlegend": False,
            "hoverinfo": "skip",
        }
        for key, end in (("peak_torque_nm", high), ("peak_generating_torque_nm", low))
    ]


def _torque_range(unit_map: Json) -> tuple[float, float]:
    limits = unit_map["limits"]
    low, high = min(limits["peak_generating_torque_nm"]), max(limits["peak_torque_nm"])
    return low - 0.06 * (high - low), high + 0.06 * (high - low)


def _limits(unit_map: Json, *, filled: bool = False) -> list[dict[str, Any]]:
    limits = unit_map["limits"]
    curves = (
        ("peak", "peak_torque_nm", "solid", 2.0, True),
        ("peak, generating", "peak_generating_torque_nm", "solid", 2.0, False),
        ("30 s", "torque_for_30_s_nm", "dot", 1.6, True),
        ("continuous", "continuous_torque_nm", "dash", 1.6, True),
    )
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "showlegend": shown,
            "x": limits["speed_rpm"],
            "y": limits[key],
            "line": {"width": width, "dash": dash, "color": INK},
            **({"fill": "tozeroy", "fillcolor": "rgba(74,82,97,0.06)"} if filled and dash == "solid" else {}),
            "hovertemplate": f"{name}: %{{y:,.0f}} Nm at %{{x:,.0f}} rpm<extra></extra>",
        }
        for name, key, dash, width, shown in curves
    ]


def _speed_torque(data: Sequence[Json], unit_map: Json) -> dict[str, Any]:
    fastest = max(unit_map["limits"]["speed_rpm"])
    ends = list(_torque_range(unit_map))
    return figure(data, axis(_SPEED, range=[0, fastest * 1.02]), axis(_TORQUE, range=ends), hovermode="closest")
