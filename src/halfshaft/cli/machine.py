"""Commands of the machine room: list, draw, stress, point, map.

A machine is a built-in name or a file; the same options mean the same for all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from halfshaft.cli.output import TerminalProgress, print_json, table

machine_app = typer.Typer(no_args_is_help=True, help="Electric machines: draw them, solve their fields, map them.")

Machine = Annotated[
    str,
    typer.Argument(
        help="A built-in machine (`halfshaft machine list`), a template (.yaml), a region file (.json), a FEMM document (.fem), or a "
        "drawing (.dxf with its description in a .yaml or .json of the same name).",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Order = Annotated[int, typer.Option(min=1, max=2, help="Order of the finite elements: 2 is accurate, 1 is fast.")]
Divisions = Annotated[
    int | None,
    typer.Option(help="Nodes of the gap circle per pole [default: from the slots].", show_default=False),
]
SizeFactor = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=5.0,
        help="Scales all element sizes away from the gap [default: from the order].",
        show_default=False,
    ),
]
MagnetTemperature = Annotated[float, typer.Option("--magnet-temperature-c", help="Temperature of the magnets, degC.")]
WindingTemperature = Annotated[
    float, typer.Option("--winding-temperature-c", help="Temperature of the windings, degC.")
]
Stacking = Annotated[
    float | None,
    typer.Option(
        "--stacking-factor",
        help="Share of steel in the stack, in the magnetisation curve [default: the machine's own; FEMM comparisons often want 1].",
        show_default=False,
    ),
]
PolePairs = Annotated[
    int | None, typer.Option(help="For drawings that do not say [default: read or found].", show_default=False)
]
Paths = Annotated[
    int | None,
    typer.Option("--parallel-paths", help="For drawings that do not say [default: read, or 1].", show_default=False),
]
Length = Annotated[
    float | None,
    typer.Option("--stack-length-mm", help="Instead of the machine's own stack length.", show_default=False),
]
State = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        help="Anything else about a drawing, as NAME=VALUE in SI units: slots, coil_pitch_slots, conductor_factor, end_turn_length_m, "
        "copper_fill, remanence_t, stacking_factor, name, or circuit.NAME=A (-A, B, C, field). Repeat as needed.",
        show_default=False,
    ),
]
Workers = Annotated[int, typer.Option(min=1, help="Threads to work with.")]


def _room(machine: str, options: dict[str, Any], overrides: dict[str, Any]) -> Any:
    from halfshaft.study.machines import FieldOptions, MachineRoom

    return MachineRoom(machine, FieldOptions(**options), overrides)


def _statements(
    pole_pairs: int | None, parallel_paths: int | None, stack_length_mm: float | None, others: list[str] | None = None
) -> dict[str, Any]:
    length_m = None if stack_length_mm is None else stack_length_mm / 1e3
    stated = {"pole_pairs": pole_pairs, "parallel_paths": parallel_paths, "stack_length_m": length_m}
    return {name: value for name, value in stated.items() if value is not None} | _others(others or [])


def _others(texts: list[str]) -> dict[str, Any]:
    from halfshaft.quantities import InputError

    stated: dict[str, Any] = {}
    circuits: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError.of("--state", f"{text!r} states nothing", "write NAME=VALUE, such as slots=48")
        name, value = name.strip(), value.strip()
        if name.startswith("circuit."):
            circuits[name.removeprefix("circuit.")] = value
            continue
        try:
            number = float(value)
            stated[name] = int(number) if number.is_integer() and "." not in value else number
        except ValueError:
            stated[name] = value
    return stated | ({"circuits": circuits} if circuits else {})


@machine_app.command("list", epilog="Example: `halfshaft machine list`")
def machine_list(as_json: Json = False) -> None:
    """The built-in machines."""
    from halfshaft.study.machines import built_in_machines

    rows = built_in_machines()
    if as_json:
        print_json(rows)
        return
    table(
        "Built-in machines",
        [
            ("name", "name"), ("kind", "kind"), ("poles", "poles"), ("slots", "slots"), ("outer_diameter_mm", "outer mm"),
            ("stack_length_mm", "stack mm"), ("source", "source"),
        ],
        rows,
    )  # fmt: skip


@machine_app.command("draw", epilog="Example: `halfshaft machine draw prius_2004 --out prius.svg`")
def machine_draw(
    machine: Machine,
    out: Annotated[Path | None, typer.Option(help="SVG file to write [default: NAME.svg].", show_default=False)] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Draw all poles instead of one sector.")] = False,
    pole_pairs: PolePairs = None,
    parallel_paths: Paths = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Draw a machine's cross-section to scale."""
    from halfshaft.study.machines import write_text

    room = _room(machine, {}, _statements(pole_pairs, parallel_paths, None, state))
    target = out or Path(f"{Path(machine).stem}.svg")
    write_text(target, room.drawing(whole=whole))
    answer = {**room.summary(), "file": str(target)}
    print_json(answer) if as_json else _pairs(room.design.name, answer)


@machine_app.command(
    "stress", epilog="Example: `halfshaft machine stress ipace_class_ipm --speed-rpm 13000 --out stress.svg`"
)
def machine_stress(
    machine: Machine,
    speed_rpm: Annotated[float, typer.Option("--speed-rpm", help="Greatest speed in service.", show_default=False)],
    overspeed: Annotated[float, typer.Option(help="Share of it at which stresses are given.")] = 1.2,
    safety: Annotated[float, typer.Option(help="Factor by which stress stays below the yield strength.")] = 1.0,
    yield_mpa: Annotated[
        float | None,
        typer.Option("--yield-mpa", help="Yield strength of the rotor's steel [default: assumed].", show_default=False),
    ] = None,
    fixed_bore: Annotated[bool, typer.Option("--fixed-bore", help="Hold the bore on a rigid shaft.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write the stress as an SVG picture here.", show_default=False)
    ] = None,
    pole_pairs: PolePairs = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Stress of the turning rotor's iron, its weakest necks, and the speed that it stands."""
    from halfshaft.study.machines import write_text

    room = _room(machine, {}, _statements(pole_pairs, None, None, state))
    answer, picture = room.stress(
        speed_rpm,
        safety=safety,
        overspeed=overspeed,
        yield_strength_mpa=yield_mpa,
        bore="fixed" if fixed_bore else "free",
    )
    if out is not None:
        write_text(out, picture)
        answer["picture"] = str(out)
    if as_json:
        print_json(answer)
        return
    features = answer.pop("features")
    _pairs(answer["machine"], answer)
    table(
        f"Necks of the rotor's iron, stresses at {overspeed:g} times the speed",
        [
            ("name", "neck"), ("place", "place"), ("width_mm", "width mm"), ("membrane_mpa", "mean MPa"), ("nominal_mpa", "nominal MPa"),
            ("peak_mpa", "at corners MPa"), ("yield_mpa", "yield MPa"), ("speed_limit_rpm", "limit rpm"),
        ],
        features[:12],
    )  # fmt: skip


@machine_app.command("export", epilog="Example: `halfshaft machine export zoe zoe.fem`")
def machine_export(
    machine: Machine,
    out: Annotated[
        Path, typer.Argument(help="File to write: .fem, or .dxf with a .json beside it.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Write a machine as a FEMM document or a DXF drawing, which other tools and this one read."""
    files = [str(path) for path in _room(machine, {}, {}).export(out)]
    print_json({"files": files}) if as_json else print("\n".join(files))


@machine_app.command(
    "point",
    epilog="Example: `halfshaft machine point prius_2004 --id-a -191.5 --iq-a 160.7 --speed-rpm 1200 --picture field.svg`",
)
def machine_point(
    machine: Machine,
    id_a: Annotated[float, typer.Option("--id-a", help="d current, peak A.")] = 0.0,
    iq_a: Annotated[float, typer.Option("--iq-a", help="q current, peak A.")] = 0.0,
    if_a: Annotated[float, typer.Option("--if-a", help="Field current, A (direct current).")] = 0.0,
    speed_rpm: Annotated[float, typer.Option("--speed-rpm", help="Speed at which losses are given.")] = 0.0,
    positions: Annotated[
        int | None,
        typer.Option(help="Rotor positions over half an electrical period [default: about 40].", show_default=False),
    ] = None,
    order: Order = 2,
    divisions: Divisions = None,
    size_factor: SizeFactor = None,
    magnet_temperature_c: MagnetTemperature = 20.0,
    winding_temperature_c: WindingTemperature = 20.0,
    stacking_factor: Stacking = None,
    pole_pairs: PolePairs = None,
    parallel_paths: Paths = None,
    stack_length_mm: Length = None,
    state: State = None,
    picture: Annotated[
        Path | None, typer.Option(help="Also write |B| and flux lines as SVG here.", show_default=False)
    ] = None,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Solve one operating point: mean torque, ripple, flux linkages, peak flux densities and losses."""
    from halfshaft.study.machines import write_text

    options = {
        "order": order, "divisions_per_pole": divisions, "size_factor": size_factor, "magnet_temperature_c": magnet_temperature_c,
        "winding_temperature_c": winding_temperature_c, "stacking_factor": stacking_factor,
    }  # fmt: skip
    overrides = _statements(pole_pairs, parallel_paths, stack_length_mm, state)
    room = _room(machine, options, overrides)
    with TerminalProgress() as progress:
        answer = room.point(
            id_a, iq_a, if_a, speed_rpm=speed_rpm, positions=positions, workers=workers, progress=progress
        )
    if picture is not None:
        write_text(picture, room.picture(id_a, iq_a, if_a))
        answer["picture"] = str(picture)
    print_json(answer) if as_json else _pairs(answer["machine"], answer)


@machine_app.command("map", epilog="Example: `halfshaft machine map gen5_class_eesm --out map.nc`")
def machine_map(
    machine: Machine,
    out: Annotated[Path, typer.Option(help="netCDF file to write.")] = Path("map.nc"),
    max_current_a: Annotated[
        float | None,
        typer.Option(
            "--max-current-a", help="Largest phase current, peak A [default: from the copper area].", show_default=False
        ),
    ] = None,
    max_field_current_a: Annotated[
        float | None,
        typer.Option(
            "--max-field-current-a",
            help="Largest field current, A [default: from the copper area].",
            show_default=False,
        ),
    ] = None,
    grid: Annotated[
        str | None,
        typer.Option(
            help="Points over i_d x i_q x i_f, such as 12x16x8 [default: 12x12x8 or 12x12].", show_default=False
        ),
    ] = None,
    positions: Annotated[int, typer.Option(min=1, help="Rotor positions over 60 degrees electrical.")] = 5,
    losses: Annotated[bool, typer.Option(help="Also map iron, magnet and winding loss.")] = True,
    ripple: Annotated[bool, typer.Option("--ripple", help="Also map the torque ripple.")] = False,
    order: Order = 2,
    divisions: Divisions = None,
    size_factor: SizeFactor = None,
    magnet_temperature_c: MagnetTemperature = 20.0,
    winding_temperature_c: WindingTemperature = 20.0,
    stacking_factor: Stacking = None,
    pole_pairs: PolePairs = None,
    parallel_paths: Paths = None,
    stack_length_mm: Length = None,
    state: State = None,
    workers: Workers = 2,
    as_json: Json = False,
) -> None:
    """Map flux linkages, torque and losses over all currents, and write them as netCDF with what reproduces them."""
    options = {
        "order": order, "divisions_per_pole": divisions, "size_factor": size_factor, "magnet_temperature_c": magnet_temperature_c,
        "winding_temperature_c": winding_temperature_c, "stacking_factor": stacking_factor,
    }  # fmt: skip
    overrides = _statements(pole_pairs, parallel_paths, stack_length_mm, state)
    room = _room(machine, options, overrides)
    with TerminalProgress() as progress:
        answer = room.map(
            out,
            grid=grid,
            max_current_a=max_current_a,
            max_field_current_a=max_field_current_a,
            positions=positions,
            losses=losses,
            ripple=ripple,
            workers=workers,
            progress=progress,
        )
    print_json(answer) if as_json else _pairs(answer["machine"], answer)


@machine_app.command(
    "control",
    epilog="Example: `halfshaft machine control map.nc --dc-voltage-v 350 --current-limit-a 600 --max-speed-rpm 16000 --plot loci.svg`",
)
def machine_control(
    flux_map: Annotated[
        Path,
        typer.Argument(
            metavar="MAP",
            help="A flux map as `halfshaft machine map` writes it (.nc), or a table (.csv) with the columns i_d_a, i_q_a, psi_d_wb, "
            "psi_q_wb, and i_f_a for a field winding.",
            show_default=False,
        ),
    ],
    dc_voltage_v: Annotated[float, typer.Option("--dc-voltage-v", help="DC voltage.", show_default=False)],
    current_limit_a: Annotated[
        float, typer.Option("--current-limit-a", help="Greatest phase current, peak A.", show_default=False)
    ],
    max_speed_rpm: Annotated[float, typer.Option("--max-speed-rpm", help="Greatest speed.", show_default=False)],
    field_limit_a: Annotated[
        float | None,
        typer.Option("--field-limit-a", help="Greatest field current, A [default: the map's].", show_default=False),
    ] = None,
    resistance_ohm: Annotated[
        float | None,
        typer.Option("--resistance-ohm", help="Phase resistance at work [default: the map's].", show_default=False),
    ] = None,
    field_resistance_ohm: Annotated[
        float | None,
        typer.Option(
            "--field-resistance-ohm", help="Of the field winding at work [default: the map's].", show_default=False
        ),
    ] = None,
    winding_temperature_c: Annotated[
        float, typer.Option("--winding-temperature-c", help="To which the map's resistances are warmed, degC.")
    ] = 100.0,
    voltage_utilisation: Annotated[
        float, typer.Option(help="Greatest peak phase voltage over DC voltage / sqrt(3).")
    ] = 1.0,
    pole_pairs: PolePairs = None,
    speeds: Annotated[int, typer.Option(min=2, help="Speeds from standstill to the greatest.")] = 41,
    torques: Annotated[int, typer.Option(min=3, help="Torques over both directions, an odd number.")] = 61,
    out: Annotated[
        Path | None, typer.Option(help="CSV file to write: a row for each operating point.", show_default=False)
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Also draw the loci here, and the efficiency beside them as NAME_efficiency: .svg, .html (both in one) or .png.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """The currents of least loss over speed and torque, of any synchronous machine whose flux map is known."""
    from halfshaft.study.machine_control import control_document

    answer = control_document(
        flux_map, dc_voltage_v, out, plot, pole_pairs=pole_pairs, speeds=speeds, torques=torques,
        current_limit_a=current_limit_a, max_speed_rpm=max_speed_rpm, field_limit_a=field_limit_a, resistance_ohm=resistance_ohm,
        field_resistance_ohm=field_resistance_ohm, winding_temperature_c=winding_temperature_c, voltage_utilisation=voltage_utilisation,
    )  # fmt: skip
    print_json(answer) if as_json else _pairs(answer["machine"], answer)


def _pairs(title: str, answer: dict[str, Any]) -> None:
    notes = answer.get("notes", [])
    rows: list[dict[str, Any]] = []
    for key, value in answer.items():
        if key == "notes":
            continue
        if isinstance(value, dict):
            rows.extend({"k": f"{key}: {k}", "v": v} for k, v in value.items())
        else:
            rows.append({"k": key, "v": value})
    table(title, [("k", "quantity"), ("v", "value")], rows)
    for note in notes:
        print(f"note: {note}")
