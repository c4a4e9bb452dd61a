"""The triangulation itself: constrained Delaunay for any points and segments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.drive_unit.mesh.constraints import insert_segments
from halfshaft.drive_unit.mesh.delaunay import (
    COORDINATE_LIMIT,
    NEIGHBOUR,
    POINTS,
    SEGMENT,
    SEGMENTS,
    TRIANGLES,
    Triangulation,
    empty_triangulation,
    insert_points,
    restore_all,
    with_room,
)


def triangulate(points: np.ndarray, segments: list[tuple[int, int]]) -> tuple[Triangulation, tuple[int, int]]:
    """Points (n, 2), whole numbers, and segments between them; what insert_segments reports comes along."""
    t = empty_triangulation(4 * len(points) + 4 * len(segments) + 100)
    t.xy[4 : 4 + len(points)] = points
    t.link[: len(segments), :2] = np.array(segments, dtype=np.int64).reshape(-1, 2) + 4
    t.counts[SEGMENTS] = len(segments)
    assert insert_points(t, 4, 4 + len(points)) == (-1, -1)
    crossing = insert_segments(t, 0, len(segments))
    restore_all(t)
    return t, crossing


def check_structure(t: Triangulation) -> None:
    """Every triangle is counter-clockwise, neighbours agree, the box is filled once, edges are Delaunay or segments."""
    face, xy = t.face[: t.counts[TRIANGLES]], t.xy[: t.counts[POINTS]]
    a, b, c = (xy[face[:, k]] for k in range(3))
    doubled = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    assert doubled.min() > 0.0
    assert doubled.sum() == 2.0 * (4.0 * COORDINATE_LIMIT - 2.0) ** 2
    assert len(face) == 2 * len(xy) - 6  # Euler, with four points on the hull
    for k, row in enumerate(face):
        for i in range(3):
            u = row[NEIGHBOUR + i]
            if u < 0:
                continue
            j = list(face[u, 3:6]).index(k)
            assert row[(i + 1) % 3] == face[u, (j + 2) % 3]
            assert row[SEGMENT + i] == face[u, SEGMENT + j]
            if row[SEGMENT + i] < 0:
                p, q = xy[row[:3]], xy[face[u, j]]
                moved = p - q
                lifted = np.column_stack([moved, (moved**2).sum(axis=1)])
                size = np.abs(lifted).max(axis=0).prod()
                assert np.linalg.det(lifted) <= 1e-9 * size


coordinates = st.integers(-1000, 1000)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=60, unique=True), st.integers(1, 10000))
def test_any_points_make_a_delaunay_triangulation(cloud: list[tuple[int, int]], spacing: int) -> None:
    """Also points on lines and circles, as whole numbers give them in plenty."""
    t, _ = triangulate(np.array(cloud, dtype=float) * spacing, [])
    check_structure(t)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=40, unique=True),
    st.sampled_from([1, 16000]),
    st.data(),
)
def test_forced_segments_are_edges(cloud: list[tuple[int, int]], spacing: int, data: st.DataObject) -> None:
    """A polyline through points sorted by x cannot cross itself: each piece must end up as edges, over points on its way too."""
    order = np.array(sorted(cloud), dtype=float)
    clutter = np.array(
        data.draw(st.lists(st.tuples(coordinates, coordinates), max_size=30, unique=True)), dtype=float
    ).reshape(-1, 2)
    clutter = np.array([p for p in clutter if tuple(p) not in set(map(tuple, order))]).reshape(-1, 2)
    order, clutter = spacing * order, spacing * clutter  # wide drawings cross the edges to the box's corners
    t, crossing = triangulate(np.concatenate([order, clutter]), [(k, k + 1) for k in range(len(order) - 1)])
    assert crossing == (-1, -1)
    check_structure(t)
    ends = t.link[: t.counts[SEGMENTS], :2]
    assert sorted(map(tuple, t.xy[ends].reshape(-1, 4))) == sorted(set(map(tuple, t.xy[ends].reshape(-1, 4))))
    length = np.linalg.norm(np.diff(order, axis=0), axis=1).sum()
    assert np.linalg.norm(np.diff(t.xy[ends], axis=1), axis=2).sum() == pytest.approx(length)
    held = np.unique(t.face[: t.counts[TRIANGLES], SEGMENT : SEGMENT + 3])
    assert set(range(t.counts[SEGMENTS])) <= set(held)


def test_crossing_segments_are_told() -> None:
    """The pair that crosses comes back, so that the drawing's lines can be named."""
    square = np.array([[0, 0], [1000, 0], [1000, 1000], [0, 1000]], dtype=float)
    _, crossing = triangulate(square, [(0, 2), (1, 3)])
    assert set(crossing) == {0, 1}


def test_a_point_twice_is_told() -> None:
    """Coinciding points come back by number."""
    t = empty_triangulation(100)
    t.xy[4:7] = [[0, 0], [10, 0], [0, 0]]
    assert insert_points(t, 4, 7) == (6, 4)


def test_more_room_changes_nothing() -> None:
    """Growing the arrays keeps what they hold."""
    cloud = np.random.default_rng(1).integers(-1000, 1000, (50, 2)).astype(float)
    t, _ = triangulate(np.unique(cloud, axis=0), [])
    larger = with_room(t, 2 * len(t.xy))
    count = t.counts[TRIANGLES]
    assert np.array_equal(larger.face[:count, :10], t.face[:count, :10])
    check_structure(larger)
