"""The commands themselves, one group for each room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from halfshaft.cli.certify import vehicle_certify
from halfshaft.cli.machine import machine_app
from halfshaft.cli.mission import vehicle_mission
from halfshaft.cli.optimise import unit_optimise
from halfshaft.cli.options import DEFAULT_WORKERS, Json, Out, Programme, Workers, open_rooms, results_folder
from halfshaft.cli.output import TerminalProgress, print_json, table
from halfshaft.cli.plan import plan_app
from halfshaft.cli.unit import unit_app
from halfshaft.cli.vehicle_table import vehicle_table

app = typer.Typer(
    name="halfshaft",
    help="Design one family of electric drive units for co-developing car makers, and prove part by part that it pays.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
programme_app = typer.Typer(no_args_is_help=True, help="What both partners bring: read and check it.")
vehicle_app = typer.Typer(no_args_is_help=True, help="Vehicles: energy and performance with given units.")
requirements_app = typer.Typer(no_args_is_help=True, help="Requirements: which hold where, and where they overlap.")
negotiation_app = typer.Typer(no_args_is_help=True, help="Negotiation: what each demand costs, from a finished study.")
alliance_app = typer.Typer(
    no_args_is_help=True, help="The alliance: splits, and what one partner may see, from a finished study."
)
unit_app.command("optimise", epilog="Example: `halfshaft unit optimise examples/design/eesm_210kw.yaml`")(unit_optimise)
vehicle_app.command("table", epilog="Example: `halfshaft vehicle table examples/gen5 --out table --workers 2`")(
    vehicle_table
)
vehicle_app.command(
    "certify", epilog="Example: `halfshaft vehicle certify examples/certification/cars.csv --out predicted.csv`"
)(vehicle_certify)
vehicle_app.command(
    "mission", epilog="Example: `halfshaft vehicle mission examples/gen5 jaguar_ipace --use autonomous`"
)(vehicle_mission)
for _name, _group in (
    ("programme", programme_app),
    ("machine", machine_app),
    ("unit", unit_app),
    ("vehicle", vehicle_app),
    ("requirements", requirements_app),
    ("plan", plan_app),
    ("negotiation", negotiation_app),
    ("alliance", alliance_app),
):
    app.add_typer(_group, name=_name)

StudyFolder = Annotated[Path, typer.Argument(help="Folder of a finished study.", show_default=False)]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        import halfshaft

        print(halfshaft.__version__)
        raise typer.Exit


@app.command(epilog="Example: `halfshaft study examples/gen5 --out study/gen5`")
def study(programme: Programme, out: Out = None, workers: Workers = DEFAULT_WORKERS, as_json: Json = False) -> None:
    """Run every stage on a programme, and write `report.html` and `study.json`.

    What was finished before an interrupt is kept under OUT and not computed again; with unchanged input the answer comes from there.
    """
    from halfshaft.cli.answer import print_answer
    from halfshaft.report import render_report
    from halfshaft.study import document, run_study, write_whole

    folder = results_folder(programme, out)
    with TerminalProgress() as progress:
        finished = run_study(programme, store=folder / "store", workers=workers, progress=progress)
        progress.stage("report", 2)
        answer = document(finished)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "study.json", json.dumps(answer, allow_nan=False, ensure_ascii=False).encode())
        progress.step("study.json", False)
        write_whole(folder / "report.html", render_report(answer).encode())
        progress.step("report.html", False)
    files = {"report": str(folder / "report.html"), "study": str(folder / "study.json")}
    if as_json:
        print_json(
            {
                **{key: answer[key] for key in ("saving", "alliance", "run")},
                "family": answer["catalogue"]["family"],
                **files,
            }
        )
    else:
        print_answer(answer, files)


@app.command(epilog="Example: `halfshaft report study/gen5 --out board.html`")
def report(
    folder: StudyFolder,
    out: Annotated[Path | None, typer.Option(help="File to write [default: report.html in the folder].")] = None,
    as_json: Json = False,
) -> None:
    """Draw the report again from a finished study's `study.json`."""
    from halfshaft.report import render_report
    from halfshaft.study import write_whole

    target = out or (folder if folder.is_dir() else folder.parent) / "report.html"
    write_whole(target, render_report(_study(folder)).encode())
    print_json({"report": str(target)}) if as_json else print(target)


@app.command(epilog="Example: `halfshaft serve study/gen5 --port 8765`")
def serve(
    folder: StudyFolder, port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine.")] = 8765
) -> None:
    """Show a finished study in the browser, on this machine only."""
    from halfshaft.server import serve_study

    serve_study(folder, port)


@programme_app.command("check", epilog="Example: `halfshaft programme check examples/gen5`")
def programme_check(programme: Programme, as_json: Json = False) -> None:
    """Read a programme and say what it holds, or everything that is wrong with it."""
    from halfshaft.study import programme_summary

    summary = programme_summary(programme)
    if as_json:
        print_json(summary)
        return
    vehicles = summary.pop("vehicles")
    table(summary.pop("name"), [("what", "what"), ("value", "")], [{"what": k, "value": v} for k, v in summary.items()])
    table("Vehicles", [("id", "vehicle"), ("partner", "partner"), ("axles", "driven axles")], vehicles)


@vehicle_app.command(
    "drive", epilog="Example: `halfshaft vehicle drive examples/gen5 bmw_i4_edrive40 --rear UNIT --cycle udds`"
)
def vehicle_drive(
    programme: Programme,
    vehicle: Annotated[str, typer.Argument(help="Id of a vehicle of the programme.", show_default=False)],
    front: Annotated[str | None, typer.Option(help="Unit on the front axle.")] = None,
    rear: Annotated[str | None, typer.Option(help="Unit on the rear axle.")] = None,
    cycle: Annotated[
        str,
        typer.Option(help="wltc_3b, udds, hwfet or another; a part, as wltc_3b/low; or a measured trace's .csv file."),
    ] = "wltc_3b",
    as_json: Json = False,
) -> None:
    """Drive one cycle second by second with given units, and accelerate."""
    with TerminalProgress() as progress:
        answer = open_rooms(programme, None, 1, progress).vehicle_figures(vehicle, front, rear, cycle)
    print_json(answer) if as_json else table(
        vehicle, [("k", ""), ("v", "")], [{"k": k, "v": v} for k, v in answer.items()]
    )


@requirements_app.command(
    "check", epilog="Example: `halfshaft requirements check examples/gen5 --vehicle jaguar_ipace`"
)
def requirements_check(
    programme: Programme,
    vehicle: Annotated[str | None, typer.Option(help="One vehicle only.")] = None,
    out: Out = None,
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """For each vehicle: how many configurations meet its demands, and what each demand excludes."""
    with TerminalProgress() as progress:
        answer = open_rooms(programme, out, workers, progress).requirements(vehicle)
    if as_json:
        print_json(answer)
        return
    columns = [
        ("id", "demand"), ("quantity", "quantity"), ("relation", "relation"), ("value", "value"), ("unit", "unit"),
        ("configurations_excluded", "excludes"), ("excluded_by_this_alone", "alone excludes"),
    ]  # fmt: skip
    for row in answer:
        table(
            f"{row['vehicle']}: {row['feasible']} of {row['configurations']} configurations meet every demand",
            columns,
            row["demands"],
        )


@requirements_app.command("overlap", epilog="Example: `halfshaft requirements overlap examples/gen5`")
def requirements_overlap(
    programme: Programme, out: Out = None, workers: Workers = DEFAULT_WORKERS, as_json: Json = False
) -> None:
    """Which units serve both of two vehicles, and which demands exclude each other."""
    with TerminalProgress() as progress:
        answer = open_rooms(programme, out, workers, progress).overlap()
    if as_json:
        print_json(answer)
        return
    columns = [("vehicles", "vehicles"), ("share_percent", "shared %"), ("shared", "units that serve both")]
    table(
        "Partners",
        [("partners", "partners"), ("share_percent", "shared %"), ("shared", "units that serve both")],
        answer["partners"],
    )
    table("Vehicles", columns, answer["pairs"])


@negotiation_app.command("prices", epilog="Example: `halfshaft negotiation prices study/gen5`")
def negotiation_prices(folder: StudyFolder, as_json: Json = False) -> None:
    """What each demand costs the alliance."""
    answer = _study(folder)["negotiation"]
    if as_json:
        print_json(answer)
        return
    columns = [
        ("demand", "demand"),
        ("quantity", "quantity"),
        ("value", "value"),
        ("unit", "unit"),
        ("price_m", "price, millions"),
        ("method", "known by"),
    ]
    table("What each demand costs the alliance (present value)", columns, answer["prices"])


@alliance_app.command("split", epilog="Example: `halfshaft alliance split study/gen5 --json`")
def alliance_split(folder: StudyFolder, as_json: Json = False) -> None:
    """How each rule splits the joint cost, and whether the split is in the core."""
    from halfshaft.cli.answer import print_splits

    document = _study(folder)
    if as_json:
        print_json(document["alliance"])
    else:
        print_splits(document)


@alliance_app.command("view", epilog="Example: `halfshaft alliance view study/gen5 --partner jlr`")
def alliance_view(
    folder: StudyFolder, partner: Annotated[str, typer.Option(help="Id of the partner who looks.", show_default=False)]
) -> None:
    """What one partner may see of a study, and what is withheld and why; always as JSON, since a view is handed on as a file."""
    from halfshaft.study import view_for

    print_json(view_for(_study(folder), partner))


def _study(folder: Path) -> Any:
    from halfshaft.quantities import InputError
    from halfshaft.study import SCHEMA

    path = folder / "study.json" if folder.is_dir() else folder
    remedy = "run `halfshaft study PROGRAMME --out FOLDER` first"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError.of(path, "no finished study here", remedy) from None
    except (ValueError, OSError) as error:
        raise InputError.of(path, f"not a study: {error}", remedy) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError.of(path, f"not a document of the kind {SCHEMA!r}", remedy)
    return document
