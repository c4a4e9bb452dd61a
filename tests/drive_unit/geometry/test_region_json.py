"""Machines from the facts of their regions: published ones come out as published, fillers come out as unknown, gaps are asked for."""

from __future__ import annotations

import json
from math import atan2, degrees, hypot, pi, radians
from typing import Any

import pytest
from drawings import MACHINES, annular_block, arc, one_pole, polar

from halfshaft.drive_unit.geometry.design import Label, MachineDesign, RoundWire
from halfshaft.drive_unit.geometry.importing import Overrides
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.drive_unit.geometry.region_json import SCHEMA, design_from_facts
from halfshaft.drive_unit.geometry.shapes import Edge
from halfshaft.quantities.errors import InputError

PUBLISHED = ["Toyota_Prius", "Toyota_Prius_loss", "Renault_Zoe", "BMW_i3", "Jaguar_I_Pace", "Jaguar_I_Pace_no_skew"]
OWN_MISTAKES = {
    "Rotor-0_Lamination",
    "Rotor-0_Ventilation_R0-T0-S1",
}  # areas with the holes, and of an unclosed outline
SURFACE_MAGNET = "Rotor-0_Magnet_R0-T0-S0"


def published(name: str) -> tuple[dict[str, Any], MachineDesign]:
    path = MACHINES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"needs {path}, the collected machine data beside the checkout")
    return json.loads(path.read_text()), read_design(path)


def region(name: str, edges: list[Edge], point: tuple[float, float] | None, **more: Any) -> dict[str, Any]:
    rows = []
    for edge in edges:
        row: dict[str, Any] = {"from_mm": [1e3 * c for c in edge.start], "to_mm": [1e3 * c for c in edge.end]}
        if edge.centre is not None:
            row |= {"arc_center_mm": [1e3 * c for c in edge.centre], "arc_angle_deg": degrees(edge.sweep_rad)}
        rows.append(row)
    place = None if point is None else [1e3 * c for c in point]
    return {"label": name, "edges": rows, "interior_point_mm": place, **more}


def invented(magnet: str = "parallel") -> dict[str, Any]:
    """Facts of the invented one-pole machine, written as such files are; a radial magnet lies on the rotor's surface."""
    edges, labels = one_pole(magnet=magnet == "parallel")
    regions = []
    stator = [
        e for e in edges if not e.feature.startswith(("shaft", "rotor", "magnet")) and "slot" not in e.feature[6:]
    ]
    regions.append(region("Stator-0_Lamination", stator, labels[0].point))
    rotor = [e for e in edges if e.feature in ("shaft", "rotor surface")]
    regions.append(region("Rotor-0_Lamination", rotor, labels[1].point))
    for number, label in enumerate(label for label in labels if label.kind == "stator_winding"):
        own = [e for e in edges if e.feature == label.name]
        regions.append(region(f"Stator-0_Winding_R0-T0-S{number}", own, None))
    kind = {"magnetization": "parallel"}
    if magnet == "parallel":
        own = [e for e in edges if e.feature == "magnet"]
        regions.append(
            region("Rotor-0_HoleMag_R0-T0-S0", own, labels[-1].point, magnetization_angle_deg_north_pole=45.0)
        )
    else:
        regions.append(region(SURFACE_MAGNET, annular_block(36e-3, 40e-3, 0.3, pi / 2 - 0.3), polar(38e-3, 0.7)))
        kind = {"magnetization": magnet}
    phases = [(k % 3, 9.0) for k in range(3)]
    slots = [
        {"slot": k, "layers": [{"rad": 0, "tan": 0, "phase": phases[k % 3][0], "conductors": 9.0 * (-1) ** (k // 3)}]}
        for k in range(12)
    ]
    return {
        "schema": SCHEMA,
        "name": "invented",
        "kind": "PMSM",
        "source": "invented",
        "pole_pairs": 2,
        "stator_slots": 12,
        "rotor_is_inner": True,
        "active_length_mm": 100.0,
        "stator": {
            "material": "sheet",
            "stacking_factor": 0.97,
            "winding": {
                "phases": 3,
                "parallel_paths": 2,
                "coil_pitch_slots": 3,
                "end_winding_length_mm_per_half_turn": 150.0,
                "copper_fill_factor": 0.4,
                "conductor": {"Wwire_mm": 1.0, "Nwppc": 7, "material": "copper"},
                "conductor_map_per_slot": slots,
            },
        },
        "rotor": {"material": "sheet", "stacking_factor": 0.97, "magnet": {"material": "N42", **kind}},
        "materials": {
            "sheet": {
                "density_kg_m3": 7650.0,
                "resistivity_ohm_m_20C": 4.6e-7,
                "lamination_thickness_mm": 0.35,
                "bh_curve": {"columns": ["H_A_per_m", "B_T"], "rows": [[0, 0], [100, 0.8], [1000, 1.4], [10000, 1.8]]},
                "core_loss_data": {"columns": ["f_Hz", "B_T", "P_W_per_kg"], "rows": [[50, 50], [1.0, 1.5], [1.5, 3.5]]},
            },
            "N42": {"remanence_T_20C": 1.3, "mu_r_linear": 1.05, "remanence_temp_coeff_per_K": -0.001,
                    "density_kg_m3": 7500.0, "resistivity_ohm_m_20C": 1.6e-6},
            "copper": {"resistivity_ohm_m_20C": 1.73e-8, "resistivity_temp_coeff_per_K": 0.0039, "density_kg_m3": 8900.0},
        },
        "geometry_sector": {"sector_deg": 90.0, "regions": regions},
    }  # fmt: skip


def labels_of(design: MachineDesign, kind: str) -> list[Label]:
    return [r.label for r in design.regions if r.label.kind == kind]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_regions_keep_their_areas_conductors_and_directions(name: str) -> None:
    """The file is the witness: every region's area, every slot's conductors, every magnet's direction for a north pole."""
    facts, design = published(name)
    found = {r.label.name: r for r in design.regions}
    turns = {
        f"Stator-0_Winding_R{layer['rad']}-T{layer['tan']}-S{row['slot']}": layer
        for row in facts["stator"]["winding"]["conductor_map_per_slot"]
        for layer in row["layers"]
    }
    checked = 0
    for row in facts["geometry_sector"]["regions"]:
        label = row["label"]
        if "Shaft" in label:
            continue
        got = found[label]
        if label not in OWN_MISTAKES:
            assert 1e6 * got.area_m2 == pytest.approx(row["area_mm2"], rel=1e-4)
        if label in turns:
            assert (got.label.phase, got.label.conductors) == (turns[label]["phase"], turns[label]["conductors"])
        if "magnetization_angle_deg_north_pole" in row:
            assert degrees(got.label.magnetisation_rad or 0.0) == pytest.approx(
                row["magnetization_angle_deg_north_pole"]
            )
        checked += 1
    assert checked > 10
    assert 1e3 * design.gap_m == pytest.approx(facts["airgap_mm"], abs=1e-3)
    assert design.slots == facts["stator_slots"]
    assert any("encloses" in note for note in design.notes) == (name.startswith("Jaguar"))


def test_fillers_of_published_files_are_told_and_not_taken() -> None:
    """A lamination of 250 mm means 0.25 mm; skew and missing end windings are notes, not silence."""
    _, jaguar = published("Jaguar_I_Pace")
    assert jaguar.steels["HF-10X"].lamination_thickness_m == pytest.approx(0.25e-3)
    assert any("0.25 mm" in note for note in jaguar.notes)
    assert any("skew" in note for note in jaguar.notes)
    _, zoe = published("Renault_Zoe")
    assert zoe.winding is not None
    assert zoe.winding.end_turn_length_m > 0.1
    assert any("assumed" in note for note in zoe.notes)
    assert zoe.field_coil is not None
    assert zoe.field_coil.turns_per_pole == 45.0
    prius = published("Toyota_Prius")[1]
    rows = prius.steels["M400-50A"].loss_table
    assert len(rows) == 92
    assert {f for f, _, _ in rows} >= {50.0}
    assert max(b for _, b, _ in rows) < 3.0


def test_an_invented_file_says_all_that_a_design_holds() -> None:
    """Materials, wire and lengths arrive in SI; a missing inner point is found from the outline."""
    design = design_from_facts(invented(), "invented.json")
    assert design.stack_length_m == pytest.approx(0.1)
    assert design.winding is not None
    assert design.winding.wire == RoundWire(1e-3, 7)
    assert (design.winding.parallel_paths, design.winding.coil_pitch_slots) == (2, 3)
    assert design.steels["sheet"].loss_table == ((50.0, 1.0, 1.5), (50.0, 1.5, 3.5))
    assert design.magnets["N42"].remanence_at_t(120.0) == pytest.approx(1.3 * 0.9)
    assert [label.phase for label in labels_of(design, "stator_winding")] == [0, 1, 2]
    assert design.notes == ()


def test_radial_surface_magnets_become_pieces_along_the_radius() -> None:
    """Each piece is magnetised along its own radius, all pieces together are the magnet."""
    design = design_from_facts(invented("radial"), "invented.json")
    pieces = [r for r in design.regions if r.label.kind == "magnet"]
    assert len(pieces) > 5
    assert sum(r.area_m2 for r in pieces) == pytest.approx(0.5 * (pi / 2 - 0.6) * (40e-3**2 - 36e-3**2), rel=1e-6)
    for piece in pieces:
        x, y = piece.label.point
        assert piece.label.magnetisation_rad == pytest.approx(atan2(y, x))
        angles = [atan2(e.start[1], e.start[0]) for e in piece.outline]
        assert max(angles) - min(angles) < radians(6.0)
    assert any("radial" in note for note in design.notes)


def test_every_second_pole_is_a_south_pole() -> None:
    """Two poles drawn with directions for north poles: the second is turned over, once."""
    facts = invented()
    rows = facts["geometry_sector"]["regions"]
    second = []
    for row in rows:
        turned = json.loads(json.dumps(row))
        for edge in turned["edges"]:
            for key in ("from_mm", "to_mm", "arc_center_mm"):
                if key in edge:
                    edge[key] = [-edge[key][1], edge[key][0]]
        if turned["interior_point_mm"]:
            turned["interior_point_mm"] = [-turned["interior_point_mm"][1], turned["interior_point_mm"][0]]
        name = turned["label"]
        if "Winding" in name:
            turned["label"] = name[:-1] + str(int(name[-1]) + 3)
        elif "HoleMag" in name:
            turned["label"] = name[:-1] + "1"
            turned["magnetization_angle_deg_north_pole"] = 135.0
        second.append(turned)
    facts["geometry_sector"] = {"sector_deg": 180.0, "regions": [*rows, *second]}
    design = design_from_facts(facts, "two_poles.json")
    assert design.sector_poles == 2
    directions = sorted(degrees(label.magnetisation_rad or 0.0) % 360.0 for label in labels_of(design, "magnet"))
    assert directions == pytest.approx([45.0, 315.0])
    south = second[-1] | {"magnetization_angle_deg_north_pole": 315.0}
    facts["geometry_sector"]["regions"][-1] = south  # a file that alternates by itself
    again = design_from_facts(facts, "two_poles.json")
    assert sorted(
        degrees(label.magnetisation_rad or 0.0) % 360.0 for label in labels_of(again, "magnet")
    ) == pytest.approx(directions)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda f: f.pop("pole_pairs"), "pole_pairs", "missing"),
        (lambda f: f.pop("active_length_mm"), "active_length_mm", "missing"),
        (lambda f: f.update(rotor_is_inner=False), "rotor_is_inner", "outside"),
        (lambda f: f.update(kind="SCIM induction machine"), "kind", "synchronous"),
        (lambda f: f.update(schema="other"), "schema", SCHEMA),
        (lambda f: f["geometry_sector"].update(sector_deg=70.0), "geometry_sector.sector_deg", "whole number"),
        (
            lambda f: f["geometry_sector"]["regions"][0].update(label="Stator-0_Cheese"),
            "geometry_sector.regions",
            "Cheese",
        ),
        (lambda f: f["materials"].pop("N42"), "materials.N42", "not given"),
        (lambda f: f["materials"]["N42"].pop("remanence_T_20C"), "materials.N42.remanence_T_20C", "missing"),
        (lambda f: f["materials"]["sheet"].pop("bh_curve"), "materials.sheet.bh_curve", "missing"),
        (lambda f: f["stator"]["winding"].update(phases=6), "stator.winding.phases", "three-phase"),
        (
            lambda f: f["stator"]["winding"]["conductor_map_per_slot"].pop(0),
            "stator.winding.conductor_map_per_slot",
            "Stator-0_Winding_R0-T0-S0",
        ),
        (
            lambda f: f["geometry_sector"]["regions"][0]["edges"][0].pop("to_mm"),
            "geometry_sector.regions.Stator-0_Lamination",
            "edge",
        ),
    ],
)
def test_what_is_missing_or_unreadable_is_refused_by_name(change: Any, field: str, words: str) -> None:
    """The problem names the field and says what would be right."""
    facts = invented()
    change(facts)
    with pytest.raises(InputError) as caught:
        design_from_facts(facts, "broken.json")
    problem = caught.value.problems[0]
    assert problem.field == field
    assert words in f"{problem.message} {problem.remedy}"
    assert problem.remedy


def test_a_drawing_that_is_no_machine_is_told_as_an_error_of_the_file() -> None:
    """A rotor as large as the bore: file, feature and place."""
    facts = invented()
    rotor = facts["geometry_sector"]["regions"][1]
    rotor["edges"] = region("", [arc(41.0e-3, 0.0, pi / 2), arc(15e-3, 0.0, pi / 2)], None)["edges"]
    with pytest.raises(InputError) as caught:
        design_from_facts(facts, "touching.json")
    problem = caught.value.problems[0]
    assert problem.file == "touching.json"
    assert "gap" in f"{problem.field} {problem.message}"


def test_fillers_are_unknown_and_each_is_told() -> None:
    """Zeros and ones that tools write become standard values or unknown; none reaches a loss formula."""
    facts = invented()
    facts["materials"]["sheet"] |= {"resistivity_ohm_m_20C": 1, "lamination_thickness_mm": 250.0, "density_kg_m3": 1}
    facts["materials"]["N42"] |= {"remanence_temp_coeff_per_K": 1, "resistivity_ohm_m_20C": 0, "mu_r_linear": None}
    facts["materials"]["copper"] |= {"resistivity_ohm_m_20C": None, "resistivity_temp_coeff_per_K": 1}
    design = design_from_facts(facts, "fillers.json")
    assert design.steels["sheet"].resistivity_ohm_m == 0.0
    assert design.steels["sheet"].lamination_thickness_m == pytest.approx(0.25e-3)
    assert design.magnets["N42"].remanence_at_t(100.0) == 1.3
    assert design.magnets["N42"].mu_r == 1.05
    assert design.winding is not None
    assert 1.6e-8 < design.winding.conductor.resistivity_at_ohm_m(100.0) < 2.4e-8
    assert len(design.notes) >= 7


def test_statements_beat_the_file() -> None:
    """What the user states is taken, everything else stays."""
    stated = Overrides.of(
        {
            "parallel_paths": 4,
            "conductor_factor": 2.0,
            "remanence_t": 1.1,
            "stack_length_m": 0.2,
            "stacking_factor": 1.0,
        },
        "-",
    )
    design = design_from_facts(invented(), "invented.json", stated)
    assert design.winding is not None
    assert design.winding.parallel_paths == 4
    assert {label.conductors for label in labels_of(design, "stator_winding")} == {18.0}
    assert design.magnets["N42"].remanence_t == 1.1
    assert (design.stack_length_m, design.stacking_factor) == (0.2, 1.0)
    assert hypot(*design.regions[0].label.point) > 0.0


@pytest.mark.parametrize(
    ("statements", "field"),
    [({"poles": 8}, "poles"), ({"pole_pairs": 2.5}, "pole_pairs"), ({"stack_length_m": -1.0}, "stack_length_m"),
     ({"name": ""}, "name"), ({"circuits": {"x": "D"}}, "circuits"), ({"stacking_factor": True}, "stacking_factor")],
)  # fmt: skip
def test_statements_that_mean_nothing_are_refused(statements: dict[str, object], field: str) -> None:
    """Unknown names and impossible values, each by name."""
    with pytest.raises(InputError) as caught:
        Overrides.of(statements, "machine.yaml")
    assert caught.value.problems[0].field == field
