"""A flux map as a netCDF file: labelled axes, units beside every variable, and what reproduces the map inside.

Files are written whole or not at all, and read back equal to the bit. The layout has a version; a file of another one is refused, not
guessed.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import xarray
from numpy.typing import NDArray

from halfshaft.drive_unit.flux_map.flux_map import FluxMap, InterpolationError, LossTerm

Array = NDArray[np.float64]

FORMAT = "halfshaft flux map"
FORMAT_VERSION = 1

_GRID = ("i_d", "i_q", "i_f")
_AXES = {
    "i_d": ("i_d_a", "d-axis current, peak value"),
    "i_q": ("i_q_a", "q-axis current, peak value"),
    "i_f": ("i_f_a", "field current"),
}
_REQUIRED = {
    "psi_d_wb": ("Wb", "d-axis flux linkage, peak value, mean over rotor positions, without end windings"),
    "psi_q_wb": ("Wb", "q-axis flux linkage, peak value, mean over rotor positions, without end windings"),
    "psi_f_wb": ("Wb", "flux linkage of the field winding, all poles in series, mean over rotor positions"),
    "torque_nm": ("N m", "air-gap torque, mean over rotor positions"),
}
_OPTIONAL = {
    "torque_ripple_nm": ("N m", "air-gap torque, peak to peak over rotor positions"),
    "peak_tooth_t": ("T", "largest flux density in the teeth"),
    "peak_yoke_t": ("T", "largest flux density in the stator yoke"),
}
_INDUCTANCE = ("inductance_h", "H", "incremental inductance, flux linkage (row) by current (column), order d, q, field")
_SCALARS = {
    "machine": "",
    "pole_pairs": "1",
    "end_winding_inductance_h": "H",
    "stator_resistance_ohm_20c": "ohm",
    "field_resistance_ohm_20c": "ohm",
    "stack_length_m": "m",
    "series_turns": "1",
    "parallel_paths": "1",
    "field_turns_per_pole": "1",
    "magnet_temperature_c": "degC",
    "end_turn_length_m": "m",
    "field_end_turn_length_m": "m",
}


class FluxMapFileError(ValueError):
    """A file is no flux map, or not a whole one."""


def save(flux_map: FluxMap, path: Path | str) -> None:
    """Write the map; the file appears under its name only when it is whole. Raises ValueError for arrays that do not fit the grid."""
    target = Path(path)
    try:
        _check(flux_map)
    except ValueError as error:
        raise ValueError(f"the flux map of {flux_map.machine!r} was not saved: {error}") from error
    data = _dataset(flux_map)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        data.to_netcdf(part, engine="netcdf4", encoding={v: {"_FillValue": None} for v in data.variables})
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def load(path: Path | str) -> FluxMap:
    """Read a map. Raises FileNotFoundError, or FluxMapFileError saying what is wrong with the file."""
    source = Path(path)
    if not source.is_file():
        raise FileNotFoundError(f"there is no flux map at {source}")
    try:
        with xarray.open_dataset(source, engine="netcdf4", decode_cf=False) as lazy:
            data = lazy.load()
    except (OSError, ValueError, RuntimeError) as error:
        raise FluxMapFileError(f"{source} cannot be read as netCDF: {error}") from error
    try:
        flux_map = _flux_map(data)
        _check(flux_map)
    except (KeyError, TypeError, ValueError) as error:
        raise FluxMapFileError(f"{source} is no whole flux map: {error}") from error
    return flux_map


def _dataset(m: FluxMap) -> xarray.Dataset:
    variables: dict[str, Any] = {}
    for name, (unit, text) in (_REQUIRED | _OPTIONAL).items():
        values = getattr(m, name)
        if values is not None:
            variables[name] = (_GRID, values, {"units": unit, "long_name": text})
    if m.inductance_h is not None:
        name, unit, text = _INDUCTANCE
        variables[name] = ((*_GRID, "flux_linkage", "current"), m.inductance_h, {"units": unit, "long_name": text})
    for k, term in enumerate(m.loss_terms):
        attributes = {
            "units": f"W s^{term.frequency_exponent:g}",
            "long_name": f"loss of {term.region.replace('_', ' ')}, {term.cause.replace('_', ' ')}, over electrical frequency in Hz "
            f"to the power {term.frequency_exponent:g}",
            "region": term.region,
            "cause": term.cause,
            "frequency_exponent": np.float64(term.frequency_exponent),
        }
        variables[f"loss_term_{k:02d}"] = (_GRID, term.value, attributes)
    for name, unit in _SCALARS.items():
        attributes = {"units": unit} if unit else {}
        variables[name] = ((), getattr(m, name), attributes)
    # too long for attributes, which HDF5 limits to 64 kB
    variables["provenance"] = ((), json.dumps(m.provenance), {"long_name": "what reproduces the map, as JSON"})
    errors = [{f.name: getattr(e, f.name) for f in fields(e)} for e in m.interpolation_errors]
    variables["interpolation_errors"] = (
        (),
        json.dumps(errors),
        {"long_name": "errors of interpolation in % of range, as JSON"},
    )
    axes = {
        dim: (dim, getattr(m, name), {"units": "A", "long_name": text, "axis_of": name})
        for dim, (name, text) in _AXES.items()
    }
    title = f"Flux map of {m.machine}"
    return xarray.Dataset(variables, axes, {"title": title, "format": FORMAT, "format_version": FORMAT_VERSION})


def _flux_map(data: xarray.Dataset) -> FluxMap:
    if data.attrs.get("format") != FORMAT:
        raise ValueError("it does not call itself one")
    version = int(data.attrs.get("format_version", 0))
    if version != FORMAT_VERSION:
        raise ValueError(
            f"its layout has version {version}, this programme reads {FORMAT_VERSION}; compute the map again"
        )
    hints = get_type_hints(FluxMap)
    given: dict[str, Any] = {}
    for name in _SCALARS:
        value = _variable(data, name).item()
        if not isinstance(value, (int, float) if hints[name] is float else hints[name]):
            raise ValueError(f"{name} is {value!r}")
        given[name] = value
    for dim, (name, _) in _AXES.items():
        given[name] = _array(data, dim, (dim,))
    for name in _REQUIRED:
        given[name] = _array(data, name, _GRID)
    for name in _OPTIONAL:
        given[name] = _array(data, name, _GRID) if name in data else None
    full = (*_GRID, "flux_linkage", "current")
    given["inductance_h"] = _array(data, _INDUCTANCE[0], full) if _INDUCTANCE[0] in data else None
    terms: list[LossTerm] = []
    causes = get_args(get_type_hints(LossTerm)["cause"])
    while (name := f"loss_term_{len(terms):02d}") in data:
        a = data[name].attrs
        if a["cause"] not in causes:
            raise ValueError(f"{name} has the unknown cause {a['cause']!r}")
        terms.append(LossTerm(a["region"], a["cause"], float(a["frequency_exponent"]), _array(data, name, _GRID)))
    given["loss_terms"] = tuple(terms)
    given["provenance"] = json.loads(_variable(data, "provenance").item())
    given["interpolation_errors"] = tuple(_error(e) for e in json.loads(_variable(data, "interpolation_errors").item()))
    return FluxMap(**given)


def _error(record: dict[str, Any]) -> InterpolationError:
    return InterpolationError(
        record["method"],
        record["points"],
        tuple(record["quantities"]),
        tuple(record["largest_percent"]),
        tuple(record["rms_percent"]),
    )


def _variable(data: xarray.Dataset, name: str) -> xarray.DataArray:
    if name not in data:
        raise ValueError(f"{name} is missing")
    return data[name]


def _array(data: xarray.Dataset, name: str, dims: tuple[str, ...]) -> Array:
    variable = _variable(data, name)
    if variable.dims != dims:
        raise ValueError(f"{name} lies over {variable.dims}, not {dims}")
    if variable.dtype != np.float64:
        raise ValueError(f"{name} holds {variable.dtype} instead of float64")
    return np.array(variable.values, dtype=np.float64, order="C")


def _check(m: FluxMap) -> None:
    """Raise ValueError where arrays do not fit the grid, axes do not ascend or values are not finite."""
    shape = (len(m.i_d_a), len(m.i_q_a), len(m.i_f_a))
    for name in ("i_d_a", "i_q_a", "i_f_a"):
        nodes = getattr(m, name)
        if len(nodes) == 0 or not np.all(np.isfinite(nodes)) or np.any(np.diff(nodes) <= 0.0):
            raise ValueError(f"{name} must ascend")
    arrays = [(name, getattr(m, name)) for name in (*_REQUIRED, *_OPTIONAL)]
    arrays += [(f"loss of {t.region}, {t.cause}", t.value) for t in m.loss_terms]
    for name, values in arrays:
        if values is None:
            continue
        if values.shape != shape:
            raise ValueError(f"{name} has the shape {values.shape}, the grid {shape}")
        if not np.all(np.isfinite(values)):
            raise ValueError(f"{name} holds values that are not finite")
    if m.inductance_h is not None and m.inductance_h.shape != (*shape, 3, 3):
        raise ValueError(f"inductance_h has the shape {m.inductance_h.shape}, the grid {shape}")
    if m.inductance_h is not None and not np.all(np.isfinite(m.inductance_h)):
        raise ValueError("inductance_h holds values that are not finite")
