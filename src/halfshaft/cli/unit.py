"""The unit commands: the catalogue of a kit, and loss maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Out, Programme, Workers, open_rooms
from halfshaft.cli.output import TerminalProgress, print_json, table

unit_app = typer.Typer(no_args_is_help=True, help="Drive units: the catalogue of a kit, and loss maps.")


@unit_app.command("list", epilog="Example: `halfshaft unit list examples/gen5 --json`")
def unit_list(programme: Programme, out: Out = None, workers: Workers = DEFAULT_WORKERS, as_json: Json = False) -> None:
    """All units that the kit allows, with their ratings."""
    with TerminalProgress() as progress:
        units = open_rooms(programme, out, workers, progress).units()
    if as_json:
        print_json(units)
        return
    columns = [
        ("name", "unit"), ("peak_power_kw", "peak kW"), ("continuous_power_kw", "cont. kW"), ("peak_torque_nm", "peak Nm"),
        ("ratio", "ratio"), ("peak_efficiency_percent", "best %"), ("mass_kg", "kg"), ("voltage_class_v", "V"), ("available_from", "from"),
    ]  # fmt: skip
    table("Units (torque at the motor shaft)", columns, units)


@unit_app.command("map", epilog="Example: `halfshaft unit map examples/gen5 UNIT --out map.nc`")
def unit_map(
    programme: Programme,
    unit: Annotated[
        str, typer.Argument(help="Name of a unit, as `halfshaft unit list` prints it.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="netCDF file to write.")] = Path("map.nc"),
    as_json: Json = False,
) -> None:
    """Write one unit's loss map: every loss part over speed and torque fraction, and its limit curves."""
    from halfshaft.study import map_dataset

    with TerminalProgress() as progress:
        found = open_rooms(programme, None, 1, progress).unit_map(unit)
    map_dataset(found).to_netcdf(out)
    answer = {
        "unit": unit, "file": str(out), "peak_power_kw": found.peak_power_w / 1e3,
        "continuous_power_kw": found.continuous_power_w / 1e3, "peak_efficiency_percent": found.peak_efficiency[0] * 100.0,
    }  # fmt: skip
    print_json(answer) if as_json else table(
        unit, [("k", ""), ("v", "")], [{"k": k, "v": v} for k, v in answer.items()]
    )
