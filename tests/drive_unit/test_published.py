"""The list of published figures: each with its source, none twice."""

from __future__ import annotations

import pytest

from halfshaft.drive_unit.published import FIGURES, published


def test_every_figure_names_its_source() -> None:
    """No published figure stands without a source, and none stands twice."""
    assert all(figure.source.strip() for figure in FIGURES)
    keys = [(figure.subject, figure.quantity) for figure in FIGURES]
    assert len(keys) == len(set(keys))
    with pytest.raises(KeyError, match="known: power"):
        published("i7 eDrive50 rear", "torque")
