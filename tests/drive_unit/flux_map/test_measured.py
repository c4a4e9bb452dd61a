"""Tables become maps whatever their rows' order, and say which line or point is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from halfshaft.drive_unit.flux_map.measured import read_table
from halfshaft.drive_unit.flux_map.netcdf import FluxMapFileError

HEADER = "i_d_a,i_q_a,i_f_a,psi_d_wb,psi_q_wb"


def rows() -> list[str]:
    """A grid of 3 x 2 x 2 with fluxes that name their point."""
    return [f"{d},{q},{f},{0.1 * d + f},{0.2 * q}" for d in (-1.0, 0.0, 1.0) for q in (0.0, 2.0) for f in (1.0, 3.0)]


def test_rows_in_any_order_with_other_columns_make_the_same_map(tmp_path: Path) -> None:
    """Order of rows and columns, blank lines and columns of other meaning change nothing; torque is that of the fluxes."""
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *rows()]))
    turned = [",".join(["x", *row.split(",")[::-1]]) for row in rows()[::-1]]
    (tmp_path / "b.csv").write_text("\n".join(["remark,psi_q_wb,psi_d_wb,i_f_a,i_q_a,i_d_a", "", *turned, ""]))
    a, b = (read_table(tmp_path / name, 3) for name in ("a.csv", "b.csv"))
    assert list(a.i_d_a) == [-1.0, 0.0, 1.0]
    assert list(a.i_f_a) == [1.0, 3.0]
    for name in ("i_d_a", "i_q_a", "i_f_a", "psi_d_wb", "psi_q_wb", "torque_nm"):
        assert np.array_equal(getattr(a, name), getattr(b, name))
    assert a.psi_d_wb[2, 1, 0] == pytest.approx(1.1)
    assert a.torque_nm[2, 1, 0] == pytest.approx(4.5 * (1.1 * 2.0 - 0.4 * 1.0))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "is empty"),
        (["i_d_a,i_q_a,psi_d_wb", "0,0,0"], ":1: the header needs one column psi_q_wb"),
        ([HEADER, *rows()[:3], "1,2,three,4,5"], ":5: not a number in each of"),
        ([HEADER, *rows()[:3], "1,2"], ":5: not a number in each of"),
        ([HEADER, *rows()[:3], "1,2,3,nan,5"], ":5: a value is not finite"),
        ([HEADER, *rows()[:-1]], "i_d 1 A, i_q 2 A, i_f 3 A is missing"),
        ([HEADER, *rows(), rows()[0]], "i_d -1 A, i_q 0 A, i_f 1 A is given twice"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    """The refusal names the line, or the point that the grid lacks."""
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(FluxMapFileError, match=said):
        read_table(tmp_path / "t.csv", 2)


def test_no_file_and_no_poles_are_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(FileNotFoundError, match="no table at"):
        read_table(tmp_path / "none.csv", 2)
    (tmp_path / "t.csv").write_text("\n".join([HEADER, *rows()]))
    with pytest.raises(ValueError, match="at least one pole pair, not 0"):
        read_table(tmp_path / "t.csv", 0)
