"""A car without its units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from halfshaft.vehicle import Vehicle


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("test_mass_kg", 0.0),
        ("performance_mass_kg", -1.0),
        ("tyre_radius_m", float("inf")),
        ("wheelbase_m", 0.0),
        ("tyre_adhesion", 0.0),
        ("tyre_adhesion", 3.0),
        ("centre_of_gravity_height_m", -0.1),
        ("auxiliary_power_w", -1.0),
        ("front_mass_share", 1.0),
        ("rotating_mass_factor", 0.9),
        ("regen_fade_high_mps", 0.1),
        ("max_regen_deceleration", -1.0),
        ("speed_limit_mps", 0.0),
        ("driven_axles", ()),
        ("driven_axles", ("rear", "rear")),
        ("driven_axles", ("middle",)),
    ],
)
def test_refuses_impossible_cars(make_car: Callable[..., Vehicle], field: str, value: Any) -> None:
    """Each impossible figure raises and names its field and the car, also an adhesion that would lift the front wheels."""
    with pytest.raises(ValueError, match=rf"test car.*{field}"):
        make_car(**{field: value})
