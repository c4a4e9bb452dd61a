"""Materials as machine-fact files state them, with the fillers taken out.

Such files are written by tools that must put a number into every field: a resistivity of 0 or 1 ohm-metre, a temperature coefficient of 1,
a lamination 250 mm thick. A filler is no fact: it is replaced by "unknown", by a standard value or by the value it must have meant, and
each time a note says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from halfshaft.drive_unit.geometry.materials import Conductor, Magnet, Steel

DENSEST_KG_PER_M3 = 25000.0
LIGHTEST_KG_PER_M3 = 500.0
THICKEST_SHEET_M = 2e-3
THINNEST_SHEET_M = 2e-5


def steel(row: Mapping[str, Any], notes: list[str]) -> Steel:
    """An electrical steel. Raises KeyError where neither curve nor permeability is given, ValueError where the curve is none."""
    name = str(row["name"])
    curve = row.get("bh_curve")
    mu_r = None
    points: list[tuple[float, float]] = []
    if curve:
        points = magnetisation_curve(name, _columns(curve, "H_A_per_m", "B_T"), notes)
    else:
        mu_r = row.get("mu_r_linear")
        if mu_r is None or mu_r < 1.0:
            raise KeyError("bh_curve")
        notes.append(f"{name}: no magnetisation curve; taken as linear with a relative permeability of {mu_r:g}")
    return Steel(
        name=name,
        h_a_per_m=tuple(h for h, _ in points),
        b_t=tuple(b for _, b in points),
        density_kg_per_m3=_density(name, row, 7650.0, notes),
        resistivity_ohm_m=resistivity(name, row.get("resistivity_ohm_m_20C"), notes, smallest=5e-8, largest=1e-5)
        or 0.0,
        lamination_thickness_m=_thickness(name, row, notes),
        loss_table=_loss_table(name, row.get("core_loss_data"), notes),
        mu_r=None if mu_r is None else float(mu_r),
    )


def magnet(row: Mapping[str, Any], notes: list[str]) -> Magnet:
    """A magnet. Raises KeyError where the remanence is missing."""
    name = str(row["name"])
    remanence = row.get("remanence_T_20C")
    if not remanence or remanence <= 0.0:
        raise KeyError("remanence_T_20C")
    mu_r = row.get("mu_r_linear")
    if mu_r is None or not 1.0 <= mu_r < 10.0:
        notes.append(f"{name}: relative permeability {mu_r} is no magnet's; 1.05 taken (assumption)")
        mu_r = 1.05
    coefficient = row.get("remanence_temp_coeff_per_K") or 0.0
    if not -0.01 < coefficient < 0.0:
        notes.append(
            f"{name}: temperature coefficient {coefficient:g} of the remanence is a filler; the remanence is kept constant"
        )
        coefficient = 0.0
    return Magnet(
        name=name,
        remanence_t=float(remanence),
        mu_r=float(mu_r),
        remanence_coefficient_per_k=float(coefficient),
        density_kg_per_m3=_density(name, row, 7500.0, notes),
        resistivity_ohm_m=resistivity(name, row.get("resistivity_ohm_m_20C"), notes, smallest=1e-7, largest=1e-2)
        or 0.0,
    )


def conductor(row: Mapping[str, Any] | None, name: str, notes: list[str]) -> Conductor:
    """A winding's metal; standard copper where the file has no row, or for what its row leaves out."""
    standard = Conductor(name)
    if row is None:
        notes.append(f"{name}: the conductor's material is not given; annealed copper taken (IEC 60028)")
        return standard
    found = resistivity(name, row.get("resistivity_ohm_m_20C"), notes, smallest=1e-8, largest=1e-7)
    coefficient = row.get("resistivity_temp_coeff_per_K")
    if coefficient is None or not 1e-4 < coefficient < 1e-2:
        notes.append(
            f"{name}: temperature coefficient {coefficient} of the resistivity is a filler; copper's taken (IEC 60028)"
        )
        coefficient = standard.temperature_coefficient_per_k
    return Conductor(
        name,
        standard.resistivity_ohm_m if found is None else found,
        float(coefficient),
        _density(name, row, standard.density_kg_per_m3, notes),
    )


def magnetisation_curve(name: str, rows: Sequence[Sequence[float]], notes: list[str]) -> list[tuple[float, float]]:
    """Points (H, B) from the origin on, both rising. Raises ValueError where fewer than three remain."""
    points = [(0.0, 0.0)]
    dropped = 0
    for h, b in sorted((float(h), float(b)) for h, b in rows):
        if h <= 0.0 or b <= 0.0:
            continue
        if h > points[-1][0] and b > points[-1][1]:
            points.append((h, b))
        else:
            dropped += 1
    if len(points) < 3:
        raise ValueError(f"{name}: its magnetisation curve has {len(points)} usable points")
    if dropped:
        notes.append(
            f"{name}: {dropped} points of the magnetisation curve do not rise with the others and were left out"
        )
    return points


def resistivity(name: str, value: Any, notes: list[str], *, smallest: float, largest: float) -> float | None:
    """A resistivity in ohm-metres, or None with a note where it is a filler."""
    if value is not None and smallest <= value <= largest:
        return float(value)
    notes.append(f"{name}: resistivity {value} ohm m is a filler and was left out")
    return None


def _columns(table: Mapping[str, Any], *names: str) -> list[tuple[float, ...]]:
    """The named columns of a table, row by row, whether it is stored by rows or by columns."""
    columns, rows = list(table["columns"]), table["rows"]
    if len(rows) == len(columns) and any(len(row) != len(columns) for row in rows):
        rows = list(zip(*rows, strict=True))
    order = [columns.index(name) for name in names]
    return [tuple(float(row[k]) for k in order) for row in rows]


def _loss_table(name: str, table: Mapping[str, Any] | None, notes: list[str]) -> tuple[tuple[float, float, float], ...]:
    if not table or not table.get("rows"):
        notes.append(f"{name}: no loss data; its iron loss is unknown")
        return ()
    rows = [(f, b, p) for f, b, p in _columns(table, "f_Hz", "B_T", "P_W_per_kg") if f > 0.0 and b > 0.0 and p > 0.0]
    return tuple(sorted(rows))


def _thickness(name: str, row: Mapping[str, Any], notes: list[str]) -> float:
    stated = row.get("lamination_thickness_mm")
    thickness = 1e-3 * stated if stated else 0.0
    if THINNEST_SHEET_M <= thickness <= THICKEST_SHEET_M:
        return float(thickness)
    if THINNEST_SHEET_M <= 1e-3 * thickness <= THICKEST_SHEET_M:
        notes.append(f"{name}: a lamination {1e3 * thickness:g} mm thick must mean {thickness:g} mm, which was taken")
        return float(1e-3 * thickness)
    notes.append(f"{name}: lamination thickness {stated} mm is a filler and was left out")
    return 0.0


def _density(name: str, row: Mapping[str, Any], standard: float, notes: list[str]) -> float:
    density = row.get("density_kg_m3")
    if density is not None and LIGHTEST_KG_PER_M3 <= density <= DENSEST_KG_PER_M3:
        return float(density)
    notes.append(f"{name}: density {density} kg/m3 is a filler; {standard:g} kg/m3 taken (assumption)")
    return standard
