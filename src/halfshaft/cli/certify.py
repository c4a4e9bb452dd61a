"""The command that predicts what cars would be certified to consume: `halfshaft vehicle certify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Workers, found_programme
from halfshaft.cli.output import TerminalProgress, print_json, table

_MOST_ROWS = 60  # on the terminal


def vehicle_certify(
    cars: Annotated[
        Path,
        typer.Argument(
            metavar="CARS.csv", help="Table of cars; docs/certification.md names its columns.", show_default=False
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Table to write (.csv).", show_default=False)] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(
            metavar="CARS2.csv",
            help="Cars with certified consumption, from which one scale per maker is taken.",
            show_default=False,
        ),
    ] = None,
    programme: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the programme whose machines stand for the cars' [default: this folder if it holds one, else examples/gen5].",
            show_default=False,
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="Folder for what is kept between runs [default: study/certify].", show_default=False),
    ] = None,
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """Predict consumption on UDDS, HWFET and WLTC, 0 to 100 km/h and top speed of every car of a table, from published figures alone.

    Each car is driven with the unit that its power, torque, machine and motor revolutions imply. What the table measured of a car is not
    read, only compared.
    """
    from halfshaft.study.certify import certify

    folder = found_programme(programme)
    with TerminalProgress() as progress:
        answer = certify(
            cars,
            folder,
            store=(store or Path("study/certify")) / "store",
            out=out,
            calibrate=calibrate,
            workers=workers,
            progress=progress,
        )
    if as_json:
        print_json(answer)
        return
    columns = [
        ("row_id", "car"), ("udds_wh_per_km_ac", "UDDS Wh/km"), ("hwfet_wh_per_km_ac", "HWFET Wh/km"),
        ("combined_wh_per_km_ac", "combined"), ("wltp_wh_per_km_ac", "WLTC Wh/km"), ("accel_0_100kph_s", "0-100 s"),
        ("top_speed_kph", "top km/h"), ("note", "assumed of this car"),
    ]  # fmt: skip
    table("Predicted, energy from the wall", columns, answer["cars"][:_MOST_ROWS])
    if len(answer["cars"]) > _MOST_ROWS:
        print(f"{_MOST_ROWS} of {len(answer['cars'])} cars shown; --out writes all")
    if answer["deviations"]:
        spread = [("figure", "figure"), ("cars", "cars that state it"), ("mean", "mean"), ("mean_magnitude", "mean magnitude"),
                  ("largest", "largest"), ("unit", "")]  # fmt: skip
        table("Predicted less stated", spread, answer["deviations"])
    for make, scale in answer["scales"].items():
        print(f"{make}: consumption times {scale['factor']:.3f}, from {scale['cars']} cars")
    if answer["file"]:
        print(f"written to {answer['file']}")
