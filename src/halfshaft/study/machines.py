"""The machine room on its own: draw a machine, solve one operating point, map it, turn it until it yields.

A machine comes by a built-in name, or as a file: a template (YAML), a region file (JSON), a FEMM document, or a DXF drawing with its
description beside it. Whatever its origin it becomes the same design, and every answer says what it was computed with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import hypot, pi
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.field.model import FieldModel
from halfshaft.drive_unit.field.picture import field_svg
from halfshaft.drive_unit.field.point import NotConverged, operating_point, period_positions
from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.grid import default_grid
from halfshaft.drive_unit.flux_map.netcdf import save
from halfshaft.drive_unit.flux_map.sweep import compute_flux_map, default_divisions
from halfshaft.drive_unit.geometry.design import MachineDesign
from halfshaft.drive_unit.geometry.draw import draw_svg
from halfshaft.drive_unit.geometry.dxf_writer import describe, write_dxf
from halfshaft.drive_unit.geometry.femm_writer import write_femm
from halfshaft.drive_unit.geometry.materials import REFERENCE_TEMPERATURE_C
from halfshaft.drive_unit.mesh.mesher import MeshOptions, mesh_design
from halfshaft.drive_unit.rotor_stress import (
    OVERSPEED,
    Bore,
    Feature,
    RotorStress,
    SheetStrength,
    StressOptions,
    rotor_stress,
)
from halfshaft.drive_unit.rotor_stress.picture import stress_svg
from halfshaft.programme import built_in_machines, read_machine
from halfshaft.quantities import InputError, Problem
from halfshaft.study.document import Json
from halfshaft.study.pipeline import Progress, Silent
from halfshaft.study.store import write_whole

__all__ = ["FieldOptions", "MachineRoom", "built_in_machines", "write_text"]

DEFAULT_NODES = (12, 12, 8)
_LARGEST_GRID = 200_000
_SIZE_FACTOR = {1: 1.0, 2: 1.5}  # second order stands larger elements: flux linkages within 0.15 % either way


@dataclass(frozen=True)
class FieldOptions:
    """How finely and at what temperatures a machine's field is computed; None leaves the choice to the design or to the order."""

    order: int = 2
    divisions_per_pole: int | None = None
    size_factor: float | None = None
    magnet_temperature_c: float = REFERENCE_TEMPERATURE_C
    winding_temperature_c: float = REFERENCE_TEMPERATURE_C
    stacking_factor: float | None = None


class MachineRoom:
    """One machine, meshed once; raises InputError for anything wrong with the machine or the options."""

    def __init__(
        self, machine: Path | str, options: FieldOptions | None = None, overrides: Mapping[str, Any] | None = None
    ) -> None:
        self.name = str(machine)
        self.options = options or FieldOptions()
        self.design: MachineDesign = read_machine(machine, overrides=dict(overrides or {}))
        self._model: FieldModel | None = None

    @property
    def model(self) -> FieldModel:
        """The field model, made when first asked for."""
        if self._model is None:
            o = self.options
            divisions = o.divisions_per_pole or default_divisions(self.design, o.order)
            size = o.size_factor or _SIZE_FACTOR[o.order]
            try:
                mesh = mesh_design(self.design, MeshOptions(divisions_per_pole=divisions, size_factor=size))
                self._model = FieldModel(self.design, mesh, o.order, o.magnet_temperature_c, o.stacking_factor)
            except ValueError as error:
                raise self._refusal(error) from None
        return self._model

    def summary(self) -> Json:
        """The machine's main figures."""
        d = self.design
        return {
            "machine": d.name,
            "poles": 2 * d.pole_pairs,
            "slots": d.slots,
            "outer_diameter_mm": 2e3 * d.stator_outer_radius_m,
            "bore_diameter_mm": 2e3 * d.stator_bore_radius_m,
            "gap_mm": 1e3 * d.gap_m,
            "stack_length_mm": 1e3 * d.stack_length_m,
            "stacking_factor": d.stacking_factor,
            "poles_drawn": d.sector_poles,
            "source": d.source,
            "notes": list(d.notes),
        }

    def drawing(self, *, whole: bool = False) -> str:
        """The drawing as SVG."""
        return draw_svg(self.design, whole=whole)

    def export(self, out: Path) -> list[Path]:
        """Write the machine as a FEMM document, or as a DXF drawing with its description beside it; the files written."""
        suffix = out.suffix.lower()
        if self.design.cage is not None:
            raise InputError.of(
                out, "a cage's induced current has no place in these formats", "copy the machine's .yaml file instead"
            )
        if suffix == ".fem":
            write_text(out, write_femm(self.design))
            return [out]
        if suffix == ".dxf":
            beside = out.with_suffix(".json")
            write_text(beside, json.dumps(describe(self.design), indent=1, allow_nan=False))
            write_text(out, write_dxf(self.design))
            return [out, beside]
        raise InputError.of(out, f"{suffix or 'no suffix'} is no format to write", "name a .fem or .dxf file")

    def point(
        self,
        i_d_a: float,
        i_q_a: float,
        i_f_a: float = 0.0,
        *,
        speed_rpm: float = 0.0,
        positions: int | None = None,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> Json:
        """One operating point as a document."""
        self._check_currents(i_d_a, i_q_a, i_f_a)
        watch = progress or Silent()
        watch.stage("mesh", 1)
        model = self.model
        watch.step(f"{model.mesh.quality.nodes} nodes", False)
        watch.stage("field", positions or period_positions(model))
        try:
            found = operating_point(
                model,
                i_d_a,
                i_q_a,
                i_f_a,
                speed_rpm=speed_rpm,
                positions=positions,
                winding_temperature_c=self.options.winding_temperature_c,
                workers=workers,
                on_done=lambda _: watch.step("rotor positions", False),
            )
        except (ValueError, NotConverged) as error:
            raise self._refusal(error) from None
        document = asdict(found)
        document["notes"] = list(found.notes)
        document["mesh"] = asdict(model.mesh.quality)
        document["source"] = self.design.source
        return document

    def picture(self, i_d_a: float, i_q_a: float, i_f_a: float = 0.0) -> str:
        """|B| and flux lines at the drawn rotor position, as SVG."""
        try:
            return field_svg(self.model, i_d_a, i_q_a, i_f_a)
        except (ValueError, NotConverged) as error:
            raise self._refusal(error) from None

    def stress(
        self,
        speed_rpm: float,
        *,
        safety: float = 1.0,
        overspeed: float = OVERSPEED,
        yield_strength_mpa: float | None = None,
        bore: Bore = "free",
    ) -> tuple[Json, str]:
        """What the rotor bears at a service speed, as a document and as a picture at overspeed.

        ``yield_strength_mpa`` goes before the library's for all steels of the rotor.
        """
        for name, value, least in (
            ("--speed-rpm", speed_rpm, 0.0),
            ("--safety", safety, 0.0),
            ("--overspeed", overspeed, 0.0),
        ):
            if not value > least:
                raise InputError.of(name, f"{value:g} is no such figure", "give a number above 0")
        strengths = {}
        if yield_strength_mpa is not None:
            if not yield_strength_mpa > 0.0:
                raise InputError.of("--yield-mpa", f"{yield_strength_mpa:g} is no strength", "give a number above 0")
            stated = SheetStrength(1e6 * yield_strength_mpa, source="as stated")
            strengths = dict.fromkeys(self.design.steels, stated)
        try:
            found = rotor_stress(self.design, StressOptions(bore=bore, strengths=strengths))
        except ValueError as error:
            raise self._refusal(error) from None
        speed = speed_rpm * pi / 30.0
        return stress_document(found, speed, safety, overspeed), stress_svg(found, overspeed * speed)

    def map(
        self,
        out: Path | None,
        *,
        grid: str | None = None,
        max_current_a: float | None = None,
        max_field_current_a: float | None = None,
        positions: int = 5,
        losses: bool = True,
        ripple: bool = False,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> Json:
        """Compute the flux map, write it to ``out``, and tell what it holds and how good it is."""
        flux_map = self.flux_map(
            grid=grid,
            max_current_a=max_current_a,
            max_field_current_a=max_field_current_a,
            positions=positions,
            losses=losses,
            ripple=ripple,
            workers=workers,
            progress=progress,
        )
        if out is not None:
            try:
                save(flux_map, out)
            except OSError as error:
                raise InputError.of(out, f"cannot be written: {error}", "choose another file with --out") from None
        return map_document(flux_map, out)

    def flux_map(
        self,
        *,
        grid: str | None = None,
        max_current_a: float | None = None,
        max_field_current_a: float | None = None,
        positions: int = 5,
        losses: bool = True,
        ripple: bool = False,
        workers: int = 2,
        progress: Progress | None = None,
    ) -> FluxMap:
        """The machine's flux map over its own currents, or over those up to the given limits."""
        axes = self._axes(grid, max_current_a, max_field_current_a)
        o, watch, started = self.options, progress or Silent(), False

        def tell(_done: int, total: int) -> None:
            nonlocal started
            if not started:
                started = True
                watch.stage("flux map", total)
            watch.step("rotor positions", False)

        try:
            return compute_flux_map(
                self.design,
                i_d_a=axes[0],
                i_q_a=axes[1],
                i_f_a=axes[2],
                positions=positions,
                order=o.order,
                divisions_per_pole=o.divisions_per_pole,
                size_factor=o.size_factor or _SIZE_FACTOR[o.order],
                magnet_temperature_c=o.magnet_temperature_c,
                stacking_factor=o.stacking_factor,
                workers=workers,
                ripple=ripple,
                losses=losses,
                progress=tell,
            )
        except (ValueError, NotConverged) as error:
            raise self._refusal(error) from None

    def _axes(
        self, grid: str | None, stator_a: float | None, field_a: float | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        nodes = _nodes(grid) if grid is not None else DEFAULT_NODES
        try:
            return default_grid(self.design, nodes, stator_a=stator_a, field_a=field_a).axes
        except ValueError as error:
            raise InputError.of(
                self.name, str(error), "give --max-current-a, and --max-field-current-a for a field winding"
            ) from None

    def _check_currents(self, i_d_a: float, i_q_a: float, i_f_a: float) -> None:
        problems = []
        if self.design.winding is None and hypot(i_d_a, i_q_a) > 0.0:
            problems.append(
                Problem(self.name, None, "id_a, iq_a", "the machine has no stator winding", "leave the currents zero")
            )
        if not any(r.label.kind == "field_winding" for r in self.design.regions) and i_f_a != 0.0:
            problems.append(
                Problem(self.name, None, "if_a", "the machine has no field winding", "leave it zero", f"{i_f_a:g}")
            )
        if problems:
            raise InputError(problems)

    def _refusal(self, error: Exception) -> InputError:
        return InputError.of(self.name, str(error), "change the machine or the options")


def stress_document(found: RotorStress, speed_rad_per_s: float, safety: float, overspeed: float) -> Json:
    """A rotor's stress at a service speed; stresses are those at overspeed."""
    fast = overspeed * speed_rad_per_s
    limit = found.speed_limit_rad_per_s(safety, overspeed)
    return {
        "machine": found.design.name,
        "speed_rpm": speed_rad_per_s * 30.0 / pi,
        "overspeed": overspeed,
        "safety": safety,
        "speed_limit_rpm": limit * 30.0 / pi,
        "stands_it": bool(speed_rad_per_s <= limit),
        "weakest": found.weakest.name,
        "limit_by_growth_rpm": found.closing_speed_rad_per_s(overspeed) * 30.0 / pi,
        "growth_at_overspeed_um": 1e6 * found.radial_growth_m(fast),
        "gap_mm": 1e3 * found.design.gap_m,
        "sharp_corners": found.notches,
        "peak_at_overspeed_mpa": 1e-6 * found.peak_pa_s2 * fast**2,
        "elements": len(found.sheet.elements),
        "features": [_feature(feature, fast, safety, overspeed) for feature in found.features],
        "notes": list(found.assumptions),
        "source": found.design.source,
    }


def _feature(feature: Feature, fast_rad_per_s: float, safety: float, overspeed: float) -> Json:
    to_mpa = 1e-6 * fast_rad_per_s**2
    return {
        "name": feature.name,
        "place": feature.place,
        "width_mm": 1e3 * feature.width_m,
        "membrane_mpa": to_mpa * feature.membrane_pa_s2,
        "nominal_mpa": to_mpa * feature.nominal_pa_s2,
        "peak_mpa": to_mpa * feature.peak_pa_s2,
        "yield_mpa": 1e-6 * feature.yield_strength_pa,
        "speed_limit_rpm": feature.speed_limit_rad_per_s(safety, overspeed) * 30.0 / pi,
    }


def map_document(flux_map: FluxMap, file: Path | None) -> Json:
    """What a flux map holds and how good it is."""
    peak = int(np.argmax(flux_map.torque_nm))
    d, q, f = np.unravel_index(peak, flux_map.torque_nm.shape)
    return {
        "machine": flux_map.machine,
        "file": None if file is None else str(file),
        "grid": list(flux_map.torque_nm.shape),
        "i_d_a": [float(flux_map.i_d_a[0]), float(flux_map.i_d_a[-1])],
        "i_q_a": [float(flux_map.i_q_a[0]), float(flux_map.i_q_a[-1])],
        "i_f_a": [float(flux_map.i_f_a[0]), float(flux_map.i_f_a[-1])],
        "peak_torque_nm": float(flux_map.torque_nm.max()),
        "at_i_d_a": float(flux_map.i_d_a[d]),
        "at_i_q_a": float(flux_map.i_q_a[q]),
        "at_i_f_a": float(flux_map.i_f_a[f]),
        "no_load_psi_d_wb": [float(v) for v in _no_load(flux_map)],
        "end_winding_inductance_h": _number(flux_map.end_winding_inductance_h),
        "stator_resistance_ohm_20c": _number(flux_map.stator_resistance_ohm_20c),
        "field_resistance_ohm_20c": _number(flux_map.field_resistance_ohm_20c),
        "loss_terms": sorted({f"{t.region}: {t.cause}" for t in flux_map.loss_terms}),
        "interpolation_error_percent": {
            e.method: dict(zip(e.quantities, e.largest_percent, strict=True)) for e in flux_map.interpolation_errors
        },
        **{
            key: json.loads(flux_map.provenance[key])
            for key in ("mesh", "settings", "quality", "notes")
            if key in flux_map.provenance
        },
    }


def _no_load(flux_map: FluxMap) -> NDArray[np.float64]:
    """psi_d over the field currents where the stator's are smallest."""
    d, q = int(np.argmin(np.abs(flux_map.i_d_a))), int(np.argmin(np.abs(flux_map.i_q_a)))
    found: NDArray[np.float64] = flux_map.psi_d_wb[d, q]
    return found


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _nodes(text: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"\s*(\d+)\s*[x×*,]\s*(\d+)\s*(?:[x×*,]\s*(\d+)\s*)?", text)
    if match is None:
        raise InputError.of("--grid", f"{text!r} is no grid", "give points over i_d x i_q x i_f, such as 12x16x8")
    d, q, f = int(match[1]), int(match[2]), int(match[3] or DEFAULT_NODES[2])
    if min(d, q, f) < 4 or d * q * f > _LARGEST_GRID:
        raise InputError.of("--grid", f"{d}x{q}x{f} is too few or too many points", "give at least 4 on each axis")
    return d, q, f


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    if not path.parent.is_dir():
        raise InputError.of(path, "its folder does not exist", "choose another file, or make the folder first")
    write_whole(path, text.encode("utf-8"))
