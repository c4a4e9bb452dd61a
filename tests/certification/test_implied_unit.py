"""Units from published figures: they give them, and turns and chips are exact bookkeeping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from halfshaft.certification import Kind, PublishedUnit, Reference, implied_unit
from halfshaft.certification.implied_unit import _rewound

References = dict[Kind, Reference]


@pytest.mark.parametrize("kind", ["externally excited", "permanent magnet"])
@pytest.mark.parametrize(
    ("torque", "base"), [(180.0, 600.0), (190.0, 433.0), (260.0, 510.0), (348.0, 422.0), (430.0, 581.0)]
)
def test_it_gives_the_published_torque_and_power(
    references: References, torque: float, base: float, kind: Kind
) -> None:
    """Torque from standstill to 0.5 %, and at least the power, exactly so unless the highest speed asks for more voltage."""
    published = PublishedUnit(torque * base, torque, 28.0, 0.33, 3.0 * base)
    unit = implied_unit(references[kind], published)
    warm = unit.at_oil_temperature(333.15)
    assert warm.peak_torque_nm[0] == pytest.approx(torque, rel=5e-3)
    assert warm.peak_power_w > published.power_w * 0.997
    at_top_w = warm.peak_torque_nm[-1] * warm.speed_rad_per_s[-1]
    assert at_top_w > 0.59 * published.power_w
    assert warm.peak_power_w < published.power_w * 1.003 or at_top_w < 0.61 * published.power_w
    assert warm.gear_ratio == pytest.approx(28.0 * 0.33)


def test_colder_oil_costs_more_and_nothing_else_changes(references: References) -> None:
    """Gear loss rises as the oil cools; the other parts at full torque stay the motor's."""
    unit = implied_unit(references["externally excited"], PublishedUnit(200e3, 400.0, 30.0, 0.33, 1500.0))
    cold, warm = unit.at_oil_temperature(296.15), unit.at_oil_temperature(333.15)
    middle = cold.torque_fraction.size // 2
    assert np.all(cold.loss_w["gear"][1:, middle] > warm.loss_w["gear"][1:, middle])
    np.testing.assert_allclose(
        cold.loss_w["stator_copper"][:, -1], warm.loss_w["stator_copper"][:, -1], rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_rewinding_is_exact(references: References, factor: float) -> None:
    """With k times the turns at k times the voltage, currents and chips are 1/k, and so is every loss but standby."""
    base = replace(references["externally excited"].unit.inverter, standby_w=0.0)
    current, power = np.array([50.0, 300.0, 600.0]), np.array([5e3, 40e3, 100e3])
    turned = _rewound(base, factor).loss_w(current, power, 350.0 / factor)
    own = base.loss_w(current, factor * power, 350.0) / factor
    np.testing.assert_allclose(turned, own, rtol=1e-12)


def test_figures_that_make_no_unit_are_refused(references: References) -> None:
    """Negative figures, and a power that no voltage drives at that torque and speed."""
    with pytest.raises(ValueError, match="must be positive"):
        implied_unit(references["permanent magnet"], PublishedUnit(-1.0, 300.0, 28.0, 0.33, 1200.0))
    with pytest.raises(ValueError, match="no unit of the kind"):
        implied_unit(references["permanent magnet"], PublishedUnit(3e6, 300.0, 28.0, 0.33, 1500.0))
