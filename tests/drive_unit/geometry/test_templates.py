"""The named machines: two against the published areas of every region, two against the torque they were reconstructed for."""

from __future__ import annotations

import json
from dataclasses import replace
from math import cos, pi, radians, sin
from pathlib import Path

import numpy as np
import pytest
from template_machines import FLAT, eesm, ipm

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.solve import solve_currents
from halfshaft.drive_unit.geometry.parameter import ParameterError
from halfshaft.drive_unit.geometry.steels import steel, steel_names
from halfshaft.drive_unit.geometry.templates import TEMPLATES
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design
from halfshaft.programme.machine_file import load_machine, machine_names

MACHINES = Path(__file__).resolve().parents[3] / "../shared/data/machines"

# The files' names of regions, as kinds of faces of ours.
KINDS = {
    "Stator-0_Lamination": ("stator", "iron"),
    "Stator-0_Winding": ("stator", "stator_winding"),
    "Rotor-0_Lamination": ("rotor", "iron"),
    "Rotor-0_HoleMag": ("rotor", "magnet"),
    "Rotor-0_HoleVoid": ("rotor", "air"),
    "Rotor-0_Winding": ("rotor", "field_winding"),
}


def facts(file: str) -> dict[str, list[float]]:
    """Areas in mm2 of the published drawing's regions, by part and kind; holes are cut out of the rotor's iron."""
    path = MACHINES / file
    if not path.exists():
        pytest.skip(f"machine facts are not beside this checkout: {path}")
    areas: dict[str, list[float]] = {}
    for region in json.loads(path.read_text())["geometry_sector"]["regions"]:
        kind = next((kind for start, kind in KINDS.items() if region["label"].startswith(start)), None)
        if kind is not None:
            areas.setdefault(" ".join(kind), []).append(region["area_mm2"])
    holes = sum(areas.get("rotor magnet", [])) + sum(areas.get("rotor air", []))
    areas["rotor iron"] = [areas["rotor iron"][0] - holes]
    return areas


@pytest.mark.parametrize(("name", "file"), [("prius_2004", "Toyota_Prius.json"), ("zoe", "Renault_Zoe.json")])
def test_regions_have_the_published_areas(name: str, file: str) -> None:
    """From the source's parameters to our shapes: every face of every kind within 0.5 %."""
    published, drawn = facts(file), load_machine(name).design()
    for kind, areas in published.items():
        ours = [1e6 * r.area_m2 for r in drawn.regions if f"{r.part} {r.label.kind}" == kind]
        assert sorted(ours) == pytest.approx(sorted(areas), rel=5e-3), kind


@pytest.mark.parametrize(("name", "file"), [("prius_2004", "Toyota_Prius.json"), ("zoe", "Renault_Zoe.json")])
def test_slots_hold_the_published_conductors(name: str, file: str) -> None:
    published = json.loads((MACHINES / file).read_text()) if facts(file) else {}
    layout = published["stator"]["winding"]["conductor_map_per_slot"]
    for region in load_machine(name).design().regions:
        if region.label.kind == "stator_winding":
            _, slot, _, layer = region.label.name.split()
            side = layout[int(slot) - 1]["layers"][int(layer) - 1]
            assert (region.label.phase, region.label.conductors) == (side["phase"], side["conductors"])


def test_the_prius_magnets_point_where_the_source_says() -> None:
    facts("Toyota_Prius.json")
    published = json.loads((MACHINES / "Toyota_Prius.json").read_text())["geometry_sector"]["regions"]
    expected = sorted(r["magnetization_angle_deg_north_pole"] for r in published if "HoleMag" in r["label"])
    ours = sorted(
        np.degrees(r.label.magnetisation_rad)
        for r in load_machine("prius_2004").design().regions
        if r.label.magnetisation_rad is not None
    )
    assert ours == pytest.approx(expected, abs=0.01)


# Currents at which the reconstructed machines must make the torque of their class: stator, its angle, field, magnets' temperature.
PEAKS = {
    "gen5_class_eesm": (750.0, 110.0, 41.0, 20.0, 430.0),  # 530 A rms, 20 A/mm2 in the rotor: for seconds
    "ipace_class_ipm": (560.0, 130.0, 0.0, 80.0, 348.0),  # 396 A rms
}


@pytest.mark.parametrize("name", PEAKS)
def test_reconstructed_machines_make_their_torque_with_iron_that_carries_it(name: str) -> None:
    """Mean torque from the flux linkages; teeth and yoke saturate, but no more than machines are built for."""
    current, angle_deg, field_a, magnet_c, torque_nm = PEAKS[name]
    design = load_machine(name).design()
    mesh = mesh_design(design, MeshOptions(divisions_per_pole=120))
    model = FieldModel(design, mesh, 1, magnet_c)
    currents = np.array([[current * cos(radians(angle_deg)), current * sin(radians(angle_deg)), field_a]])
    found = solve_currents(model, currents, model.steps_over(pi / 3.0, 5), flux_density=True)
    assert found.converged.all()
    psi = found.psi_dqf_wb.mean(axis=0)[0]
    torque = 1.5 * design.pole_pairs * (psi[0] * currents[0, 1] - psi[1] * currents[0, 0])
    assert torque == pytest.approx(torque_nm, rel=0.03)

    assert found.flux_density_t is not None
    density = np.hypot(found.flux_density_t[..., 0], found.flux_density_t[..., 1]).max(axis=(0, 1))
    radius = np.hypot(*mesh.points_m[mesh.triangles].mean(axis=1).T)
    stator_iron = [r.part == "stator" and r.label.kind == "iron" for r in design.regions]
    iron = np.array([*stator_iron, False])[mesh.region]  # the gap's -1 reads the last entry
    slots = [r for r in design.regions if r.label.kind == "stator_winding"]
    bottom = max(np.hypot(*edge.end) for r in slots for edge in r.outline)
    teeth = density[iron & (radius > design.stator_bore_radius_m + 2e-3) & (radius < bottom)]
    yoke = density[iron & (radius > bottom)]
    assert 1.4 < np.median(teeth) < 2.1
    assert 1.2 < np.quantile(yoke, 0.9) < 2.0


@pytest.mark.parametrize("name", machine_names())
def test_every_named_machine_meshes_well(name: str) -> None:
    quality = mesh_design(load_machine(name).design()).quality
    assert quality.smallest_angle_deg > 12.0
    assert quality.largest_area_error < 0.01


def test_the_drawing_stays_the_same_when_everything_grows_alike() -> None:
    """A template is nothing but its lengths: twice the lengths, four times every area."""
    small = load_machine("ipace_class_ipm").template
    stator = replace(
        small.stator,
        outer_diameter_m=2.0 * small.stator.outer_diameter_m,
        bore_diameter_m=2.0 * small.stator.bore_diameter_m,
        slot=doubled(small.stator.slot),
        coils=replace(small.stator.coils, wire=doubled(small.stator.coils.wire)),
    )
    rotor = replace(doubled(small.rotor), layers=tuple(doubled(layer) for layer in small.rotor.layers))
    large = replace(small, stator=stator, rotor=rotor).design()
    for one, other in zip(small.design().regions, large.regions, strict=True):
        assert one.label.name == other.label.name
        assert other.area_m2 == pytest.approx(4.0 * one.area_m2, rel=1e-6)


def doubled(part: object) -> object:
    """A dataclass with every length twice as long."""
    lengths = {name: 2.0 * value for name, value in vars(part).items() if name.endswith("_m")}
    return replace(part, **lengths)  # type: ignore[type-var]


def test_the_registry_names_each_kind_of_template() -> None:
    assert {type(load_machine(name).template) for name in machine_names()} == set(TEMPLATES.values())


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"stack_length_m": 0.0}, ("stack_length_m",), "above zero"),
        ({"stacking_factor": 1.2}, ("stacking_factor",), "not above 1"),
        ({"pole_pairs": 0}, ("pole_pairs",), "at least one"),
    ],
)
def test_counts_and_lengths_that_mean_nothing_are_refused(
    changes: dict[str, float], path: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ParameterError, match=words) as refused:
        ipm(**changes).design()
    assert refused.value.path == path


def test_an_unknown_steel_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="M270-35A") as refused:
        eesm(steel="M19").design()
    assert refused.value.path == ("rotor", "steel")
    template = ipm(FLAT)
    with pytest.raises(ParameterError) as refused:
        replace(template, stator=replace(template.stator, steel="iron")).design()
    assert refused.value.path == ("stator", "steel")


def test_magnets_without_remanence_are_refused() -> None:
    template = ipm(FLAT)
    with pytest.raises(ParameterError) as refused:
        replace(template, magnet=replace(template.magnet, remanence_t=0.0)).design()
    assert refused.value.path == ("magnet", "remanence_t")


@pytest.mark.parametrize("name", steel_names())
def test_steels_magnetise_monotonically_and_never_faster_than_iron_can(name: str) -> None:
    """B grows with H, never slower than vacuum's slope, and saturates: below 2.6 T of polarisation."""
    found = steel(name)
    h, b = np.array(found.h_a_per_m), np.array(found.b_t)
    vacuum = 4e-7 * pi
    assert h[0] == b[0] == 0.0
    assert (np.diff(h) > 0.0).all()
    assert (np.diff(b) / np.diff(h) > 0.95 * vacuum).all()
    assert (b - vacuum * h).max() < 2.6
    assert found.source
    for row in found.loss_table:
        assert min(row) > 0.0
