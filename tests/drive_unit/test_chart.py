"""Charts show what the map holds: level lines are where the level is, areas end at the limit, and pictures are whole documents."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest

from halfshaft.drive_unit import DriveUnit, UnitMap
from halfshaft.drive_unit.chart import control_svg, efficiency_svg, motor_view, unit_view
from halfshaft.drive_unit.chart.contours import areas_above, level_lines
from halfshaft.drive_unit.chart.control_loci import maximum_torque_per_ampere
from halfshaft.drive_unit.chart.frame import Frame, number, ticks
from halfshaft.drive_unit.control import evaluate_motor
from halfshaft.drive_unit.loss_model import LossModel
from halfshaft.drive_unit.magnetic_table import MagneticTable

MagneticsOf = Callable[[DriveUnit], MagneticTable]


def disc(nodes: int = 61) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sheared mesh with the distance from the origin on it."""
    u, v = np.meshgrid(np.linspace(-2.0, 2.0, nodes), np.linspace(-2.0, 2.0, nodes), indexing="ij")
    x, y = u + 0.3 * v, v
    return x, y, np.hypot(x, y)


def enclosed(polygons: list[np.ndarray]) -> float:
    """Area by the shoelace formula, holes taken away by their sense only if they lie inside: here there are none."""
    return sum(0.5 * abs(np.sum(p[:-1, 0] * p[1:, 1] - p[1:, 0] * p[:-1, 1])) for p in polygons)


def test_a_level_line_of_a_cone_is_a_circle() -> None:
    """One closed line, all points at the level to second order of the mesh, of the circle's length."""
    x, y, z = disc()
    (line,) = level_lines(x, y, z, 1.0)
    assert np.array_equal(line[0], line[-1])
    assert np.hypot(*line.T) == pytest.approx(1.0, abs=2e-3)
    assert np.hypot(*np.diff(line, axis=0).T).sum() == pytest.approx(2.0 * np.pi, rel=5e-3)


def test_areas_close_along_the_rim() -> None:
    """The area above a level is that of the mesh less the disc; at a level below all values it is the whole mesh."""
    x, y, z = disc()
    assert enclosed(areas_above(x, y, -z, -1.0)) == pytest.approx(np.pi, rel=5e-3)
    assert enclosed(areas_above(x, y, z, -1.0)) == pytest.approx(16.0, rel=1e-12)
    outside = areas_above(x, y, z, 1.9)
    assert sum(np.hypot(*p.T).max() > 2.0 for p in outside) >= 1


def test_cells_without_values_have_no_lines() -> None:
    """NaN stops a line and lets nothing through."""
    x, y, z = disc(21)
    z[10:, :] = np.nan
    assert all(line[:, 0].max() <= x[9].max() for line in level_lines(x, y, z, 1.0))


def test_ticks_are_round_and_frames_map_ends_to_ends() -> None:
    """Numbers that a reader can add up; the data's corners are the frame's corners."""
    assert ticks(0.0, 17000.0, 9) == [0.0, 2000.0, 4000.0, 6000.0, 8000.0, 10000.0, 12000.0, 14000.0, 16000.0]
    assert ticks(-0.31, 0.31, 7) == pytest.approx([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])
    assert number(-1500.0) == "\u22121,500"
    frame = Frame((10.0, 20.0, 100.0, 50.0), (-1.0, 1.0), (0.0, 5.0))
    assert frame.points(np.array([-1.0, 1.0]), np.array([0.0, 5.0])).tolist() == [[10.0, 70.0], [110.0, 20.0]]


@pytest.mark.parametrize("which", ["eesm_unit", "ipm_unit"])
def test_pictures_are_whole_and_the_same_each_time(
    which: str, map_of: Callable[..., UnitMap], magnetics_of: MagneticsOf, request: pytest.FixtureRequest
) -> None:
    """Efficiency of unit and motor, and the loci, are well-formed SVG with the unit's name, its best point and no NaN."""
    unit = request.getfixturevalue(which)
    one, other = map_of(unit, 350.0), map_of(unit, 300.0)
    motor_map = evaluate_motor(unit.motor, magnetics_of(unit), 350.0, speeds=15, fractions=21)
    pictures = [
        efficiency_svg(unit_view(one, [other])),
        efficiency_svg(motor_view(motor_map)),
        control_svg(motor_map, magnetics_of(unit)),
    ]
    for picture in pictures:
        ElementTree.fromstring(picture)
        assert "nan" not in picture
        assert unit.machine.name in picture
    for words in ("300 V", "continuous", f"{100.0 * one.peak_efficiency[0]:.0f}"):
        assert words in pictures[0]
    assert pictures[2] == control_svg(motor_map, magnetics_of(unit))


def test_the_drawn_line_of_most_torque_per_ampere_is_one(ipm_unit: DriveUnit, magnetics_of: MagneticsOf) -> None:
    """Turning the current vector a little either way at the same modulus gives less torque at every drawn point."""
    model = LossModel(ipm_unit.motor, magnetics_of(ipm_unit), 350.0)
    a_d, a_q = maximum_torque_per_ampere(model, 0.0, 200.0)
    angle, modulus = np.arctan2(a_q[1:], a_d[1:]), np.hypot(a_d[1:], a_q[1:])
    assert len(modulus) > 30

    def torque(turn: float) -> np.ndarray:
        point = model.point(modulus * np.cos(angle + turn), modulus * np.sin(angle + turn), np.zeros(1))
        return model.air_gap_torque_nm(point)

    for turn in (-0.05, 0.05):
        assert np.all(torque(turn) < torque(0.0))
