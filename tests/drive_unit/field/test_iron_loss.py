"""Iron loss: the fit states its own quality, and the sums obey what a loss must obey."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polar_machine import STEEL, polar_machine

from halfshaft.drive_unit.field.harmonics import FieldHarmonics
from halfshaft.drive_unit.field.iron_loss import IronPart, Stacking, element_areas_m2, iron_loss_terms, iron_parts
from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.point import sweep_half_period
from halfshaft.drive_unit.field.steel_loss import LossPower, SteelLoss, fit_bertotti, fit_steinmetz
from halfshaft.drive_unit.flux_map.flux_map import LossTerm
from halfshaft.drive_unit.geometry.materials import Steel
from halfshaft.drive_unit.geometry.read import read_design
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design

PRIUS = Path(__file__).resolve().parents[4] / "shared/data/machines/Toyota_Prius.json"
FREQUENCIES = (50.0, 100.0, 200.0, 400.0, 1000.0, 2500.0)
FLUX_DENSITIES = tuple(float(b) for b in np.arange(0.2, 1.7, 0.2))
SOLID = Stacking(1.0, 1.0)
EDDY_ONLY = SteelLoss(STEEL.name, (LossPower("eddy", 1e-4, 2.0, 2.0),), 0.0, 0.0, (50.0, 2500.0), (0.1, 1.5))


def sheet(loss: SteelLoss) -> Steel:
    """A steel whose table is a model's own values."""
    rows = [(f, b, float(loss.specific_loss_w_per_kg(f, b))) for f in FREQUENCIES for b in FLUX_DENSITIES]
    return Steel("sheet", (), (), loss_table=tuple(rows))


def model(*parts: LossPower) -> SteelLoss:
    return SteelLoss("sheet", parts, 0.0, 0.0, (50.0, 2500.0), (0.2, 1.6))


@given(a=st.floats(1.0, 1.6), b=st.floats(1.6, 2.6), share=st.floats(0.2, 3.0))
def test_a_steinmetz_table_is_fitted_without_error(a: float, b: float, share: float) -> None:
    """A table made by the model gives the model back."""
    truth = model(LossPower("steinmetz", 0.01, a, b), LossPower("eddy", 5e-5 * share, 2.0, 2.0))
    fit = fit_steinmetz(sheet(truth))
    assert fit.largest_relative_error < 1e-4
    assert fit.specific_loss_w_per_kg(700.0, 1.1) == pytest.approx(truth.specific_loss_w_per_kg(700.0, 1.1), rel=1e-4)


@given(exponent=st.floats(1.5, 3.0), excess=st.floats(1e-4, 1e-3))
def test_a_bertotti_table_is_fitted_without_error(exponent: float, excess: float) -> None:
    """A table made by the model gives the model back, its three causes apart."""
    truth = model(
        LossPower("hysteresis", 0.02, 1.0, exponent),
        LossPower("eddy", 6e-5, 2.0, 2.0),
        LossPower("excess", excess, 1.5, 1.5),
    )
    fit = fit_bertotti(sheet(truth))
    assert fit.largest_relative_error < 1e-4
    assert [p.coefficient for p in fit.parts] == pytest.approx([0.02, 6e-5, excess], rel=1e-2)


def test_the_prius_sheet_as_others_fit_it() -> None:
    """Least squares of absolute errors give f^1.72 B^2.90, the exponents known for this table, and miss single points by far;
    relative errors bring the fit within measuring spread."""
    if not PRIUS.exists():
        pytest.skip(f"machine facts are not beside the checkout: {PRIUS}")
    columns = json.loads(PRIUS.read_text())["materials"]["M400-50A"]["core_loss_data"]["rows"]
    steel = Steel("M400-50A", (), (), loss_table=tuple(zip(*columns, strict=True)))
    absolute, relative = fit_steinmetz(steel, "absolute"), fit_steinmetz(steel)
    assert absolute.parts[0].frequency_exponent == pytest.approx(1.72, abs=0.005)
    assert absolute.parts[0].flux_exponent == pytest.approx(2.90, abs=0.006)
    assert absolute.rms_relative_error > 0.4
    assert relative.rms_relative_error < 0.11
    assert fit_bertotti(steel).rms_relative_error < 0.14


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (((50.0, 1.0, 2.0),) * 9, "9 points at 1 frequencies"),
        ((), "0 points"),
        (tuple((f, b, 0.0) for f in FREQUENCIES for b in FLUX_DENSITIES), "must be positive"),
    ],
)
def test_a_table_that_cannot_carry_a_fit_is_refused(rows: tuple[tuple[float, float, float], ...], message: str) -> None:
    """One frequency cannot tell hysteresis from eddy currents; zero loss has no relative error."""
    with pytest.raises(ValueError, match=message):
        fit_steinmetz(Steel("bad sheet", (), (), loss_table=rows))


def harmonics(elements: np.ndarray, peak: np.ndarray, order: float = 1.0, points: int = 1) -> FieldHarmonics:
    """One order, the same complex peak (2,) in every element."""
    field = np.broadcast_to(np.asarray(peak, dtype=complex), (1, points, len(elements), 2))
    return FieldHarmonics(elements, np.array([order]), np.array(field))


def losses(
    peak: np.ndarray, *, order: float = 1.0, fit: SteelLoss = EDDY_ONLY, stacking: Stacking = SOLID
) -> tuple[tuple[IronPart, ...], tuple[LossTerm, ...]]:
    """The polar machine's iron and its loss terms under one harmonic everywhere."""
    design, mesh = polar_machine()
    parts = iron_parts(design, mesh)
    every = np.arange(len(mesh.triangles))
    field = harmonics(every, peak, order)
    return parts, iron_loss_terms(parts, {STEEL.name: fit}, field, field, stacking)


def test_every_element_of_iron_lies_in_one_region() -> None:
    """Teeth, yoke and rotor together have the volume of all iron; teeth end where the slots do."""
    design, mesh = polar_machine()
    parts = iron_parts(design, mesh)
    iron = [i for i, r in enumerate(design.regions) if r.label.kind == "iron"]
    elements = np.concatenate([p.elements for p in parts])
    assert sorted(elements) == sorted(np.flatnonzero(np.isin(mesh.region, iron)))
    whole = element_areas_m2(mesh)[elements].sum() * design.stack_length_m * design.sectors
    assert sum(p.volume_m3.sum() for p in parts) == pytest.approx(whole)
    radius = {p.region: np.hypot(*mesh.points_m[mesh.triangles[p.elements]].mean(axis=1).T) for p in parts}
    assert set(radius) == {"stator_teeth", "stator_yoke", "rotor"}
    assert radius["rotor"].max() < radius["stator_teeth"].min()
    assert radius["stator_teeth"].max() < 0.100 < radius["stator_yoke"].min()


def test_a_uniform_alternating_field_costs_its_specific_loss_times_mass() -> None:
    """The sums reduce to the data sheet where the field is that of an Epstein frame, at any frequency."""
    fit = model(LossPower("hysteresis", 0.02, 1.0, 1.8), LossPower("eddy", 1e-4, 2.0, 2.0))
    parts, terms = losses(np.array([1.2, 0.0]), fit=fit)
    for f in (50.0, 640.0):
        for part in parts:
            power = sum(t.value * f**t.frequency_exponent for t in terms if t.region == part.region)
            mass = part.volume_m3.sum() * part.steel.density_kg_per_m3
            assert power == pytest.approx(mass * fit.specific_loss_w_per_kg(f, 1.2))


def test_a_rotating_field_costs_twice_the_eddy_loss_of_an_alternating_one() -> None:
    """Two alternating fields at right angles; the direction they are drawn in makes no difference."""
    _, alternating = losses(np.array([1.0, 0.0]))
    _, turned = losses(np.array([0.6, 0.8]))
    _, rotating = losses(np.array([1.0, -1j]))
    for a, t, r in zip(alternating, turned, rotating, strict=True):
        assert t.value == pytest.approx(a.value)
        assert r.value == pytest.approx(2.0 * a.value)


def test_a_harmonic_is_worth_its_order_to_the_power_of_frequency() -> None:
    """The fifth harmonic of a field has 25 times the eddy loss of a fundamental of the same peak."""
    _, first = losses(np.array([0.3, 0.1]))
    _, fifth = losses(np.array([0.3, 0.1]), order=5.0)
    assert sum(t.value for t in fifth) == pytest.approx(25.0 * sum(t.value for t in first))


def test_stacking_concentrates_flux_in_less_steel() -> None:
    """Sheets that fill 95 % carry B / 0.95 in 95 % of the mass: for a loss of B^2, 1 / 0.95 of the solid's."""
    _, solid = losses(np.array([1.0, 0.0]))
    _, stacked = losses(np.array([1.0, 0.0]), stacking=Stacking.of(0.95))
    assert sum(t.value for t in stacked) == pytest.approx(sum(t.value for t in solid) / 0.95)


def test_a_steel_without_model_is_named() -> None:
    """No loss is counted as zero because its data are missing."""
    design, mesh = polar_machine()
    field = harmonics(np.arange(len(mesh.triangles)), np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match=f"no loss model is given for {STEEL.name}"):
        iron_loss_terms(iron_parts(design, mesh), {}, field, field, Stacking.of(1.0))


def test_the_prius_loses_what_femm_found() -> None:
    """230 A rms, 140 deg, 1,200 rpm, under the reference's assumptions (pyleecan, test_LossFEMM_Prius: 292.64, 14.81, 16.83, 12.18 W).

    The stator agrees to 1.5 %. The rotor's loss sits in the outermost millimetre and falls by 8 % as the mesh is refined from the
    reference's fineness, on which the next test stands; the magnets' rises by as much.
    """
    if not PRIUS.exists():
        pytest.skip(f"machine facts are not beside the checkout: {PRIUS}")
    design = read_design(PRIUS)
    model = FieldModel(design, mesh_design(design, MeshOptions(divisions_per_pole=120)), stacking_factor=1.0)
    angle = np.deg2rad(140.0)
    current = 230.0 * np.sqrt(2.0) * np.array([[np.cos(angle), np.sin(angle), 0.0]])
    fits = {name: fit_steinmetz(steel, "absolute") for name, steel in design.steels.items()}
    terms = sweep_half_period(
        model, current, positions=40, winding_temperature_c=100.0, loss_models=fits, workers=1
    ).loss_terms

    def power(region: str) -> float:
        return sum(t.value.item() * 80.0**t.frequency_exponent for t in terms if t.region.startswith(region))

    # iron counted as density over stacking factor
    assert power("stator_teeth") + power("stator_yoke") == pytest.approx(0.95 * 292.64, rel=0.015)
    assert power("rotor") == pytest.approx(0.95 * 14.81, rel=0.08)
    assert power("stator_winding") == pytest.approx(16.83, rel=0.05)
    # theirs is for endless magnets; finite ones lose less
    assert 0.8 * 12.18 < power("magnets") < 12.18


def test_the_prius_loses_to_one_percent_what_femm_found_on_the_mesh_it_was_found_on() -> None:
    """The reference's element sizes, order and positions give its stator and rotor core loss to 1.5 %, its torque to 0.1 %.

    So the 5 % by which our own mesh falls short in the rotor is discretisation, not physics, sampling or the summing of harmonics.
    """
    if not PRIUS.exists():
        pytest.skip(f"machine facts are not beside the checkout: {PRIUS}")
    file = Path(__file__).resolve().parents[3] / "benchmarks" / "prius_losses.py"
    spec = importlib.util.spec_from_file_location("prius_losses", file)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    model = benchmark.on_reference_mesh(order=1)
    stator, rotor, torque_nm = benchmark.solved(model, positions=40)
    found = benchmark.as_reference(model, stator, rotor)
    for part in ("stator core", "rotor core"):
        assert found[part] == pytest.approx(benchmark.REFERENCE_W[part], rel=0.015)
    assert torque_nm == pytest.approx(benchmark.REFERENCE_TORQUE_NM, rel=0.001)
