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


@unit_app.command("catalogue", epilog="Example: `halfshaft unit catalogue examples/gen5 --out catalogue.nc`")
def unit_catalogue(
    programme: Programme,
    space: Annotated[bool, typer.Option(help="With the units of `kit/space.yaml`, where there is one.")] = True,
    undominated: Annotated[
        bool, typer.Option("--undominated", help="Write only units that no other beats in everything.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write: .nc (everything), .csv or .json (a row each).", show_default=False),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder for what is kept between runs [default: study/NAME].", show_default=False),
    ] = None,
    workers: Workers = DEFAULT_WORKERS,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, as tcp://host:port.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Evaluate every unit that the kit and its design space allow, and recognise the dominated ones.

    What was finished before an interrupt is kept. Local processes and a Dask cluster give the same result to the bit.
    """
    with TerminalProgress() as progress:
        answer = open_rooms(programme, store, workers, progress, scheduler).catalogue(
            with_space=space, undominated=undominated, out=out
        )
    if as_json:
        print_json(answer)
        return
    columns = [
        ("view", "view"), ("name", "unit"), ("voltage_class_v", "V"), ("peak_power_kw", "peak kW"),
        ("continuous_power_kw", "cont. kW"), ("peak_axle_torque_nm", "axle Nm"), ("peak_efficiency_percent", "best %"),
        ("mass_kg", "kg"), ("rare_earth_kg", "rare earth kg"),
    ]  # fmt: skip
    table("Best units by a few views, none of them dominated", columns, answer["best"])
    table("Not combined", [("rule", "rule"), ("combinations", "combinations")], answer["excluded"])
    table("Not evaluated", [("name", "unit"), ("reason", "why")], answer["refused"][:20])
    print(
        f"{answer['units']} units of {answer['motors']} motors: {answer['dominated']} dominated by another "
        f"(torque and loss to {answer['tolerance_percent']:g} %), {answer['undominated']} not; "
        f"{len(answer['refused'])} could not be evaluated"
    )
    if out is not None:
        print(f"{answer['written']} units written to {out}")


@unit_app.command("compare", epilog="Example: `halfshaft unit compare examples/gen5 UNIT_A UNIT_B`")
def unit_compare(
    programme: Programme,
    unit_a: Annotated[str, typer.Argument(help="The earlier unit.", show_default=False)],
    unit_b: Annotated[str, typer.Argument(help="The later unit.", show_default=False)],
    store: Annotated[
        Path | None,
        typer.Option(help="Folder for what is kept between runs [default: study/NAME].", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Two generations side by side: what changed in the modules, and what that does to ratings, losses, mass and material."""
    with TerminalProgress() as progress:
        answer = open_rooms(programme, store, 1, progress).compare(unit_a, unit_b)
    if as_json:
        print_json(answer)
        return
    print(f"{unit_a} → {unit_b}")
    rows = []
    for module in answer["modules"]:
        row = {"module": module["module"], "before": module["before"], "after": module["after"]}
        changes = [{"field": c["field"], "old": c["before"], "new": c["after"]} for c in module["changes"]]
        kept = [{"field": "carried over" if module["carried_over"] else "same figures"}]
        rows += [{**(row if k == 0 else {}), **change} for k, change in enumerate(changes or kept)]
    columns = [
        ("module", "module"), ("before", "before"), ("after", "after"), ("field", "field"), ("old", "was"), ("new", "is")
    ]  # fmt: skip
    table("Modules", columns, rows)
    figures = [("name", ""), ("before", "before"), ("after", "after"), ("difference_percent", "%")]
    table("Ratings", figures, answer["ratings"])
    table("Body", figures, answer["body"])
    table("Material, kg", figures, answer["material_kg"])
    points = answer["shared_operating_points"]
    table(f"Mean loss at {points} operating points that both reach, W", figures, answer["mean_loss_w"])
