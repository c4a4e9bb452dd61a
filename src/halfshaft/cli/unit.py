"""The unit commands: the catalogue of a kit, and loss maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Out, Programme, Workers, found_programme, open_rooms
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


@unit_app.command(
    "map", epilog="Example: `halfshaft unit map eesm_150x16/igbt_600/gear_88 --out map.nc --plot map.svg`"
)
def unit_map(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[PROGRAMME] UNIT",
            help="Name of a unit, as `halfshaft unit list` prints it; the programme's folder may stand before it.",
            show_default=False,
        ),
    ],
    programme: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the programme [default: this folder if it holds one, else examples/gen5].",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="File to write: .nc (everything) or .csv (a row each point).")] = Path(
        "map.nc"
    ),
    dc_voltage_v: Annotated[
        list[float] | None,
        typer.Option(
            "--dc-voltage-v",
            help="DC voltage; repeat it [default: all that the programme knows of the unit's voltage class].",
            show_default=False,
        ),
    ] = None,
    speeds: Annotated[int, typer.Option(min=2, help="Speeds from standstill to the greatest.")] = 61,
    torques: Annotated[
        int, typer.Option(min=3, help="Torques from the greatest generating to the greatest motoring.")
    ] = 121,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Also draw the efficiency map here, and the control beside it as NAME_control: .svg, .html (both in one) or .png.",
            show_default=False,
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder for what is kept between runs [default: study/NAME].", show_default=False),
    ] = None,
    workers: Workers = 1,
    as_json: Json = False,
) -> None:
    """Write one unit's loss map over DC voltage, speed and torque: every loss part, currents, voltage, limit curves."""
    from halfshaft.study.unit_maps import check_suffix, ratings, write_unit_maps
    from halfshaft.study.unit_pictures import check_picture, draw_unit_maps

    folder, unit = _programme_and_unit(words, programme)
    check_suffix(out)
    if plot is not None:
        check_picture(plot)
    with TerminalProgress() as progress:
        rooms = open_rooms(folder, store, workers, progress)
        found = rooms.unit_maps(unit, dc_voltage_v or (), speeds=speeds)
    write_unit_maps(found, out, speeds=speeds, torques=torques)
    rows = ratings(found)
    pictures = [str(file) for file in draw_unit_maps(found, plot)] if plot is not None else []
    if as_json:
        print_json({"unit": unit, "file": str(out), "pictures": pictures, "ratings": rows})
        return
    columns = [
        ("dc_voltage_v", "DC V"), ("peak_power_kw", "peak kW"), ("continuous_power_kw", "cont. kW"), ("peak_torque_nm", "peak Nm"),
        ("max_speed_rpm", "to rpm"), ("peak_efficiency_percent", "best %"), ("at_speed_rpm", "at rpm"), ("at_torque_nm", "and Nm"),
    ]  # fmt: skip
    table(unit, columns, rows)
    print("\n".join([str(out), *pictures]))


def _programme_and_unit(words: list[str], option: Path | None) -> tuple[Path, str]:
    """The programme's folder and the unit's name from one or two words and the option."""
    from halfshaft.quantities import InputError

    if len(words) > 2 or (len(words) == 2 and option is not None):
        raise InputError.of("command line", f"{len(words)} names were given", "give the programme once, and one unit")
    if len(words) == 2:
        return Path(words[0]), words[1]
    return found_programme(option), words[0]


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
