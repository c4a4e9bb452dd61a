"""The command that follows a vehicle through its life: `halfshaft vehicle mission`."""

from __future__ import annotations

from typing import Annotated

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Out, Programme, Workers, open_rooms
from halfshaft.cli.output import TerminalProgress, print_json, table

_ENERGY = (
    ("use", "use"), ("years", "years"), ("distance_km", "km"), ("mean_speed_kph", "mean km/h"), ("driving_hours", "driving h"),
    ("waiting_hours", "waiting h"), ("energy_from_wall_kwh", "kWh from the wall"), ("energy_wh_per_km_ac", "Wh/km"),
    ("compute_share_percent", "computers %"),
)  # fmt: skip
_WEAR = (
    ("use", "use"), ("axle", "axle"), ("hottest_winding_degc", "hottest winding degC"), ("insulation_percent", "insulation %"),
    ("thermal_cycling_percent", "thermal cycling %"), ("driving_flank_percent", "driving flanks %"),
    ("braking_flank_percent", "braking flanks %"), ("root_percent", "tooth roots %"),
)  # fmt: skip


def vehicle_mission(
    programme: Programme,
    vehicle: Annotated[str, typer.Argument(help="Id of a vehicle of the programme.", show_default=False)],
    front: Annotated[str | None, typer.Option(help="Unit on the front axle [default: as built].")] = None,
    rear: Annotated[str | None, typer.Option(help="Unit on the rear axle [default: as built].")] = None,
    use: Annotated[
        list[str] | None, typer.Option(help="private, shared or autonomous; repeat as needed [default: all].")
    ] = None,
    out: Out = None,
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """Drive a vehicle through its life in private, shared and autonomous use: energy from the wall, and wear of winding and gear.

    Wear is the share of a life that the use consumes, by laws whose constants are assumptions: it compares uses and units.
    """
    with TerminalProgress() as progress:
        answer = open_rooms(programme, out, workers, progress).missions(vehicle, front, rear, use or [])
    if as_json:
        print_json(answer)
        return
    table(f"{vehicle}: a life in each use", list(_ENERGY), answer)
    wear = [{"use": row["use"], "axle": axle, **of_axle} for row in answer for axle, of_axle in row["wear"].items()]
    table("Share of a life that is consumed", list(_WEAR), wear)
    for row in answer:
        print(f"{row['use']}: assumed are {', '.join(sorted(row['assumptions']))}")
