"""The command that searches for a design: `halfshaft unit optimise`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Workers
from halfshaft.cli.output import TerminalProgress, print_json, table

_MOST_ROWS = 10  # of the front on the terminal


def unit_optimise(
    search: Annotated[Path, typer.Argument(help="File that states the search.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the answer and for what is kept between runs [default: study/NAME].", show_default=False
        ),
    ] = None,
    generations: Annotated[int | None, typer.Option(min=1, help="Instead of the file's.", show_default=False)] = None,
    population: Annotated[int | None, typer.Option(min=4, help="Instead of the file's.", show_default=False)] = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the file's.", show_default=False)] = None,
    check: Annotated[int, typer.Option(min=0, help="Members of the front to compute again finely.")] = 5,
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """Search geometry, winding and gear for the Pareto front under given demands, with computed fields in the loop.

    Every evaluation is kept under OUT as it comes: an interrupted search answers with the front so far, and the same command goes on.
    """
    from halfshaft.study.design_search import optimise

    changed = {"generations": generations, "population": population, "seed": seed}
    with TerminalProgress() as progress:
        answer = optimise(
            search,
            out,
            check=check,
            workers=workers,
            progress=progress,
            **{k: v for k, v in changed.items() if v is not None},
        )
    print_json(answer) if as_json else _print(answer)


def _print(answer: dict[str, Any]) -> None:
    names = answer["objectives"]
    table(
        "Generations",
        [
            ("generation", "generation"), ("evaluated", "evaluated"), ("feasible", "meet all demands"), ("front", "on front"),
            ("hypervolume", "hypervolume"),
        ],
        answer["generations"],
    )  # fmt: skip
    variables = list(answer["start"]["variables"])
    rows = [{"member": "start", **_row(answer["start"], names)}]
    shown = _spread(answer)
    for member in shown:
        mark = " *" if answer["best"] == member["member"] - 1 else ""
        rows.append({"member": f"{member['member']}{mark}", **_row(member, names)})
    units = answer["units"]
    columns = [("member", ""), *((v, v.rpartition(".")[2]) for v in variables)]
    columns += [(f"figure {n}", f"{n.replace('_', ' ')}, {units[n]}") for n in names]
    columns += [("gain", "better, %"), ("checked", "fine check")]
    table("Pareto front (start: the design to beat; *: gains most where it gains least)", columns, rows)
    if len(shown) < len(answer["front"]):
        print(f"{len(shown)} of {len(answer['front'])} members shown; front.csv holds all")
    run = answer["run"]
    print(
        f"{run['evaluations']} designs evaluated, {run['fields_computed']} fields computed, "
        f"{run['evaluations_on_a_shared_field']} evaluations on a shared field, {run['from_store']} from the store; "
        f"{run['processor_seconds_per_evaluation']:.2f} s of processor each, {run['field_share_of_time_percent']:.0f} % of them in fields"
    )
    if run["interrupted"]:
        print("interrupted: this is the front so far; the same command goes on from here")
    print(f"written to {answer['folder']}: front.svg, front.csv, front.json, evaluations.csv, machines/")


def _spread(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Members from end to end, with all that were checked and the best."""
    front: list[dict[str, Any]] = answer["front"]
    even = {round(k * (len(front) - 1) / max(_MOST_ROWS - 1, 1)) for k in range(_MOST_ROWS)}
    keep = even | {k for k, member in enumerate(front) if member["checked"]} | {answer["best"]}
    return [member for k, member in enumerate(front) if k in keep]


def _row(member: dict[str, Any], names: list[str]) -> dict[str, Any]:
    gains = member.get("better_than_start_percent") or {}
    return {
        **member["variables"],
        **{f"figure {n}": member["figures"].get(n) for n in names},
        "gain": ", ".join(f"{gains[n]:+.1f}" for n in names if n in gains),
        "checked": _check_words(member),
    }


def _check_words(member: dict[str, Any]) -> str:
    fine = member["checked"]
    if fine is None:
        return "" if member["meets_demands"] else "misses a demand"
    if fine["fault"]:
        return str(fine["fault"])
    if fine["meets_demands"]:
        return "meets all"
    return f"misses {fine['tightest_demand'].replace('_', ' ')} by {fine['tightest_shortfall_percent']:.1f} %"
