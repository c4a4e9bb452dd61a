"""Stress of whole rotors: forces in balance, laws of speed and size, the neck that is thinned gives way, the built-in machines last."""

from __future__ import annotations

from dataclasses import replace
from math import degrees, pi
from xml.etree import ElementTree

import numpy as np
import pytest

from halfshaft.drive_unit.geometry.ipm import FlatLayer, IpmRotor, VLayer
from halfshaft.drive_unit.geometry.materials import Conductor, Magnet
from halfshaft.drive_unit.geometry.slots import RectangularSlot
from halfshaft.drive_unit.geometry.stator import Coils, Hairpin, Stator
from halfshaft.drive_unit.geometry.templates import IpmTemplate
from halfshaft.drive_unit.rotor_stress import (
    RotorStress,
    SheetStrength,
    Sleeve,
    StressOptions,
    rotor_stress,
)
from halfshaft.drive_unit.rotor_stress.elements import areas_m2
from halfshaft.drive_unit.rotor_stress.load import carried_bodies, coil_density_kg_per_m3, wall_force
from halfshaft.drive_unit.rotor_stress.picture import stress_svg
from halfshaft.drive_unit.rotor_stress.sheet import iron_sheet
from halfshaft.programme import read_machine

RPM = pi / 30.0
SPEEDS_RPM = {"gen5_class_eesm": 17000.0, "ipace_class_ipm": 13000.0, "prius_2004": 6000.0}


def flat(bridge_m: float = 1.2e-3, magnet_kg_per_m3: float = 7500.0) -> IpmTemplate:
    coils = Coils(4, 6, 1, 4, 0.1, Hairpin(3.8e-3, 3.5e-3), Conductor("copper"))
    slot = RectangularSlot(1.5e-3, 0.8e-3, 4.5e-3, 18e-3, 0.5e-3, 0.2e-3)
    stator = Stator(200e-3, 130e-3, 48, "M400-50A", slot, coils)
    rotor = IpmRotor(0.7e-3, 50e-3, "M400-50A", (FlatLayer(5e-3, 24e-3, 4e-3, bridge_m, 3e-3),))
    return IpmTemplate("flat", 4, 0.1, 0.97, stator, rotor, Magnet("N42", 1.3, density_kg_per_m3=magnet_kg_per_m3))


@pytest.fixture(scope="module")
def machines() -> dict[str, RotorStress]:
    return {name: rotor_stress(read_machine(name)) for name in (*SPEEDS_RPM, "zoe")}


@pytest.mark.parametrize("name", ["gen5_class_eesm", "ipace_class_ipm", "prius_2004", "zoe"])
def test_what_walls_get_is_what_magnets_and_coils_press(name: str) -> None:
    """Resultant and moment of the traction are those of a force through the body's centre; walls hold most of its width."""
    design = read_machine(name)
    sheet = iron_sheet(design)
    names = [region.label.name for region in design.regions]
    for body in carried_bodies(design, sheet, 1.0):
        nodal = wall_force(sheet, [body]).reshape(-1, 2)
        total = nodal.sum(axis=0)
        np.testing.assert_allclose(total, body.force_n_per_m * body.direction, rtol=1e-9)
        arm = sheet.nodes_m - body.centre_m
        moment = float(np.sum(arm[:, 0] * nodal[:, 1] - arm[:, 1] * nodal[:, 0]))
        assert abs(moment) < 1e-9 * body.force_n_per_m
        across = np.array([-body.direction[1], body.direction[0]])
        walls = np.ptp(sheet.nodes_m[sheet.boundary[body.walls, :2]] @ across, axis=1).sum()
        own = sheet.points_m[sheet.others[sheet.other_region == names.index(body.name)]] @ across
        assert 0.6 * np.ptp(own) < walls < 1.1 * np.ptp(own)


def test_bodies_weigh_what_is_drawn_over_the_steel_they_hang_on() -> None:
    for name in ("gen5_class_eesm", "prius_2004"):
        design = read_machine(name)
        kinds = {"magnet", "field_winding"}
        areas = sum(r.area_m2 for r in design.regions if r.label.kind in kinds)
        excited = design.field_coil is not None
        density = coil_density_kg_per_m3(design) if excited else next(iter(design.magnets.values())).density_kg_per_m3
        bodies = carried_bodies(design, iron_sheet(design), 1.0)
        mass = sum(body.mass_kg_per_m for body in bodies)
        assert mass == pytest.approx(areas * density / design.stacking_factor, rel=1e-3)


def test_a_coil_side_pulls_along_its_pole_and_a_magnet_away_from_the_axis() -> None:
    design = read_machine("gen5_class_eesm")
    for body in carried_bodies(design, iron_sheet(design), 1.0):
        assert degrees(np.arctan2(*body.direction[::-1])) == pytest.approx(30.0)
    design = read_machine("prius_2004")
    for body in carried_bodies(design, iron_sheet(design), 1.0):
        np.testing.assert_allclose(body.direction, body.centre_m / np.linalg.norm(body.centre_m))


def test_the_built_in_machines_stand_their_speed_and_stay_clear_of_the_stator(machines: dict[str, RotorStress]) -> None:
    """Published or assumed greatest speeds, with the assumed strengths; the Prius runs at 6,000 rpm in production."""
    for name, rpm in SPEEDS_RPM.items():
        found = machines[name]
        assert found.speed_limit_rad_per_s() > rpm * RPM, name
        assert found.radial_growth_m(1.2 * rpm * RPM) < 0.25 * found.design.gap_m


def test_symmetric_poles_are_stressed_symmetrically(machines: dict[str, RotorStress]) -> None:
    """The mesh is not symmetric, so this also bounds its error."""
    for name, found in machines.items():
        sheet, middle = found.sheet, 0.5 * found.design.sector_rad
        moved = found.displacement_m_s2.reshape(-1, 2)
        outwards = np.sum(moved * sheet.nodes_m, axis=1) / np.hypot(*sheet.nodes_m.T)
        upper = np.arctan2(sheet.nodes_m[:, 1], sheet.nodes_m[:, 0]) > middle
        assert outwards[upper].max() == pytest.approx(outwards[~upper].max(), rel=0.01), name
        energy = areas_m2(sheet.nodes_m, sheet.elements) * found.von_mises_pa_s2**2
        above = upper[sheet.elements[:, :3]].all(axis=1)
        below = ~upper[sheet.elements[:, :3]].any(axis=1)
        assert energy[above].sum() == pytest.approx(energy[below].sum(), rel=0.05), name


def test_limits_hardly_move_with_the_mesh(machines: dict[str, RotorStress]) -> None:
    """Linearised stress converges although the corners' peak does not."""
    for name in ("gen5_class_eesm", "prius_2004"):
        finer = rotor_stress(machines[name].design, StressOptions(refinement=8.0))
        assert finer.speed_limit_rad_per_s() == pytest.approx(machines[name].speed_limit_rad_per_s(), rel=0.03)
        assert finer.growth_m_s2 == pytest.approx(machines[name].growth_m_s2, rel=0.01)
        assert finer.peak_pa_s2 > machines[name].peak_pa_s2
        assert machines[name].notches > 0


def test_a_thinner_bridge_or_heavier_magnet_lowers_the_limit() -> None:
    usual = rotor_stress(flat().design())
    thin, heavy = rotor_stress(flat(bridge_m=0.8e-3).design()), rotor_stress(flat(magnet_kg_per_m3=9000.0).design())
    assert "rotor surface" in usual.weakest.name
    assert 1.1e-3 < usual.weakest.width_m < 2.4e-3
    assert thin.speed_limit_rad_per_s() < 0.9 * usual.speed_limit_rad_per_s()
    assert heavy.speed_limit_rad_per_s() < usual.speed_limit_rad_per_s()


def test_a_post_in_a_v_carries_what_it_holds() -> None:
    """With a post wide against the bridges its mean stress is nearly the outer iron's and the magnets' force over its width."""
    template = flat()
    layer = VLayer(2.0 * pi / 3.0, 12e-3, 15e-3, 4e-3, 0.6e-3, 8e-3, post_m=4e-3)
    found = rotor_stress(replace(template, rotor=replace(template.rotor, layers=(layer,))).design())
    post = next(feature for feature in found.features if feature.name == "across layer 1 post")
    assert post.width_m == pytest.approx(4e-3, rel=0.02)
    sheet = found.sheet
    corners = sheet.nodes_m[sheet.elements[:, :3]]
    middle = corners.mean(axis=1)
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    area = 0.5 * (ax * by - ay * bx)
    axis = np.array([np.cos(pi / 8), np.sin(pi / 8)])
    along, across = middle @ axis, np.abs(middle[:, 0] * axis[1] - middle[:, 1] * axis[0])
    apex = found.design.rotor_outer_radius_m - 12e-3
    outside = along > apex + across / np.tan(pi / 3.0)  # between the V's outer faces
    pull = 7650.0 * float(area[outside] @ along[outside])
    pull += sum(body.force_n_per_m * float(body.direction @ axis) for body in found.bodies)
    share = post.membrane_pa_s2 * post.width_m / pull
    assert 0.6 < share < 1.05  # the bridges take the rest


def test_safety_and_overspeed_lower_the_limit_and_strength_raises_it(machines: dict[str, RotorStress]) -> None:
    found = machines["ipace_class_ipm"]
    base = found.speed_limit_rad_per_s()
    assert found.speed_limit_rad_per_s(safety=1.2) < base
    assert found.speed_limit_rad_per_s(overspeed=1.5) < base
    strong = rotor_stress(found.design, StressOptions(strengths={"HF-10X": SheetStrength(600e6)}))
    ratio = strong.weakest.speed_limit_rad_per_s() / found.weakest.speed_limit_rad_per_s()
    assert ratio == pytest.approx(np.sqrt(1.5), rel=1e-9)
    assert found.radial_growth_m(2000.0) == pytest.approx(4.0 * found.radial_growth_m(1000.0))
    assert found.radial_growth_m(1.2 * found.closing_speed_rad_per_s()) == pytest.approx(0.25 * found.design.gap_m)


def test_a_sleeve_that_holds_the_coils_relieves_the_shoes(machines: dict[str, RotorStress]) -> None:
    design = machines["zoe"].design
    sleeve = Sleeve(0.3e-3, 0.2e-3)
    found = rotor_stress(design, StressOptions(coil_share=0.0, sleeve=sleeve))
    assert found.sleeve is not None
    assert found.sleeve.loose_pressure_pa_s2 > 0.0
    assert found.weakest.nominal_pa_s2 < 0.8 * machines["zoe"].weakest.nominal_pa_s2
    with pytest.raises(ValueError, match="sleeve"):
        StressOptions(coil_share=0.5)


def test_the_picture_shows_the_machine_and_its_weakest_neck(machines: dict[str, RotorStress]) -> None:
    found = machines["prius_2004"]
    svg = stress_svg(found, 6000.0 * RPM)
    texts = [element.text or "" for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]
    assert any("6,000 rpm" in text for text in texts)
    assert any(found.weakest.name in text for text in texts)
    assert svg == stress_svg(rotor_stress(found.design), 6000.0 * RPM)
