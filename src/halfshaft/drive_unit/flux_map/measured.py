"""A flux map from a table, as test benches and other programmes write it: one row for each current vector.

The header names the columns: i_d_a, i_q_a, psi_d_wb, psi_q_wb, and i_f_a for an externally excited machine (peak dq values, conventions
1 and 2). Rows may stand in any order, but they fill a grid. What a table cannot tell (losses, resistances) is left unknown.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from halfshaft.drive_unit.flux_map.flux_map import FluxMap
from halfshaft.drive_unit.flux_map.netcdf import FluxMapFileError

Array = NDArray[np.float64]

_CURRENTS = ("i_d_a", "i_q_a", "i_f_a")
_FLUXES = ("psi_d_wb", "psi_q_wb")


def read_table(path: Path | str, pole_pairs: int) -> FluxMap:
    """The map of a CSV table. Raises FileNotFoundError, or FluxMapFileError naming the line that is wrong or the point that is missing."""
    source = Path(path)
    if not source.is_file():
        raise FileNotFoundError(f"there is no table at {source}")
    if pole_pairs < 1:
        raise ValueError(f"a machine has at least one pole pair, not {pole_pairs}")
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FluxMapFileError(f"{source} cannot be read as CSV: {error}") from error
    names, values = _numbers(source, rows)
    axes, grids = _gridded(source, names, values)
    i_d, i_q, i_f = axes
    psi_d, psi_q = grids
    torque = 1.5 * pole_pairs * (psi_d * i_q[:, None] - psi_q * i_d[:, None, None])
    unknown = float("nan")
    return FluxMap(
        machine=source.stem,
        pole_pairs=pole_pairs,
        i_d_a=i_d,
        i_q_a=i_q,
        i_f_a=i_f,
        psi_d_wb=psi_d,
        psi_q_wb=psi_q,
        psi_f_wb=np.zeros(psi_d.shape),
        torque_nm=torque,
        inductance_h=None,
        loss_terms=(),
        end_winding_inductance_h=0.0,  # measured at the terminals, where it is part of the flux linkage
        stator_resistance_ohm_20c=unknown,
        field_resistance_ohm_20c=unknown,
        stack_length_m=1.0,
        series_turns=1.0,
        parallel_paths=1,
        field_turns_per_pole=1.0,
        magnet_temperature_c=unknown,
        provenance={"table": str(source)},
    )


def _numbers(source: Path, rows: list[list[str]]) -> tuple[list[str], Array]:
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled:
        raise FluxMapFileError(f"{source} is empty")
    (line, header), *body = filled
    names = [cell.strip() for cell in header]
    for name in (*_CURRENTS[:2], *_FLUXES):
        if names.count(name) != 1:
            raise FluxMapFileError(f"{source}:{line}: the header needs one column {name}; it has {', '.join(names)}")
    wanted = [name for name in (*_CURRENTS, *_FLUXES) if name in names]
    places = [names.index(name) for name in wanted]
    values = np.empty((len(body), len(wanted)))
    for k, (number, row) in enumerate(body):
        try:
            values[k] = [float(row[place]) for place in places]
        except (ValueError, IndexError):
            raise FluxMapFileError(f"{source}:{number}: not a number in each of {', '.join(wanted)}") from None
        if not np.all(np.isfinite(values[k])):
            raise FluxMapFileError(f"{source}:{number}: a value is not finite")
    return wanted, values


def _gridded(source: Path, names: list[str], values: Array) -> tuple[list[Array], list[Array]]:
    columns = dict(zip(names, values.T, strict=True))
    currents = [columns.get(name, np.zeros(len(values))) for name in _CURRENTS]
    found = [np.unique(column + 0.0, return_inverse=True) for column in currents]
    axes, place = [axis for axis, _ in found], tuple(index for _, index in found)
    shape = tuple(len(axis) for axis in axes)
    count = np.zeros(shape, dtype=int)
    np.add.at(count, place, 1)
    if np.any(count != 1):
        d, q, f = (int(k) for k in np.argwhere(count != 1)[0])
        what = "missing" if count[d, q, f] == 0 else "given twice"
        raise FluxMapFileError(
            f"{source} fills no grid: the point i_d {axes[0][d]:g} A, i_q {axes[1][q]:g} A, i_f {axes[2][f]:g} A is {what}"
        )
    grids = []
    for name in _FLUXES:
        grid = np.empty(shape)
        grid[place] = columns[name]
        grids.append(grid)
    return axes, grids
