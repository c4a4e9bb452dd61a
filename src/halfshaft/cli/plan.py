"""The commands of the planning room: `halfshaft plan ...`."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from halfshaft.cli.options import DEFAULT_WORKERS, Json, Out, Programme, Workers, open_rooms
from halfshaft.cli.output import TerminalProgress, print_json, table

plan_app = typer.Typer(no_args_is_help=True, help="Plans: family, purchase and production, with proof.")

InstanceFile = Annotated[Path, typer.Argument(metavar="INSTANCE.json", help="Planning problem.", show_default=False)]
Partners = Annotated[list[str] | None, typer.Option(help="A member of the coalition; repeat it [default: everyone].")]
Book = Annotated[str | None, typer.Option(help="Cost book [default: the reference book].")]
Scenario = Annotated[str | None, typer.Option(help="Adoption scenario [default: the reference scenario].")]

_SILENCE = 2.0  # seconds between two lines of progress


@plan_app.command("solve", epilog="Example: `halfshaft plan solve examples/gen5 --partner jlr --book tum`")
def plan_solve(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="PROGRAMME | INSTANCE.json",
            help="Folder of a programme, or one planning problem as a file.",
            show_default=False,
        ),
    ],
    partner: Partners = None,
    book: Book = None,
    scenario: Scenario = None,
    gap: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Relative gap to prove, as a share [default: the programme's; 0.001]."),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Seconds after which the best plan and its bound are taken [default: the programme's; 600]."
        ),
    ] = None,
    out: Out = None,
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """Plan family, purchase and production of one coalition, with the bound that proves it.

    With an instance file, an interrupt (Ctrl-C) ends the search with the best plan and its bound.
    """
    from halfshaft.study import is_instance, solve_instance

    if is_instance(source):
        for name, value in (("--partner", partner), ("--book", book), ("--scenario", scenario)):
            if value is not None:
                raise typer.BadParameter(f"{name} chooses from a programme; an instance file is one problem already")
        with _told() as progress:
            answer = solve_instance(
                source,
                gap=0.001 if gap is None else gap,
                time_limit=600.0 if time_limit is None else time_limit,
                progress=progress,
            )
        print_json(answer) if as_json else print_answer(answer)
        return
    with TerminalProgress() as shown:
        planned = open_rooms(source, out, workers, shown).plan(partner, book, scenario, gap, time_limit)
    if as_json:
        print_json(planned)
        return
    from halfshaft.cli.answer import print_plan

    print_plan(planned)


@plan_app.command("scenarios", epilog="Example: `halfshaft plan scenarios instance.json --gap 0.005`")
def plan_scenarios(
    instance: InstanceFile,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Relative gap to prove for each plan, as a share.")
    ] = 0.005,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for the plan of all scenarios.")] = 600.0,
    as_json: Json = False,
) -> None:
    """What uncertainty is worth: the plan for all scenarios against the mean's plan, and the regret of every family."""
    from halfshaft.study import ALL, MEAN, value_scenarios

    with _told() as progress:
        answer = value_scenarios(instance, gap=gap, time_limit=time_limit, progress=progress)
    if as_json:
        print_json(answer)
        return
    undecided = {(pair["family"], pair["scenario"]) for pair in answer["undecided"]}
    print(f"\n{answer['title']}, millions of {answer['currency']}, present value")
    if answer["interrupted"]:
        print("  interrupted: what follows is what was known by then")
    for name, key in (
        ("expected cost of the plan for all scenarios", "expected_cost"),
        ("expected cost of the plan for mean demand", "mean_plan_expected_cost"),
        ("value of the stochastic solution", "value_of_stochastic_solution"),
        ("value of perfect information", "value_of_perfect_information"),
    ):
        print(f"  {name}: {_span(answer[key], (MEAN, ALL) in undecided)}")
    names = [row["id"] for row in answer["scenarios"]]
    rows = [
        {"family": family, **{name: _span(row[name], (family, name) in undecided) for name in names}}
        for family, row in answer["regret"].items()
    ]
    table("Regret of each family in each scenario", [("family", "family of"), *((name, name) for name in names)], rows)


def _span(interval: Mapping[str, float] | None, undecided: bool) -> str:
    if interval is None:
        return "not found in time" if undecided else "cannot be carried through"
    low, high = interval["low"] / 1e6, interval["high"] / 1e6
    return f"{low:,.1f}" if f"{low:,.1f}" == f"{high:,.1f}" else f"{low:,.1f} to {high:,.1f}"


@plan_app.command("export", epilog="Example: `halfshaft plan export examples/gen5 instance.json --partner jlr`")
def plan_export(
    programme: Programme,
    instance: InstanceFile,
    partner: Partners = None,
    book: Book = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Adoption scenario; repeat it for one plan under several [default: the reference scenario]."),
    ] = None,
    exponent: Annotated[
        float | None,
        typer.Option(help="Price whole modules by a power of their volume, such as -0.15, instead of parts and tiers."),
    ] = None,
    paths: Annotated[
        int, typer.Option(min=0, help="Draw so many adoption paths around a Bass curve instead of named scenarios.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the paths: the same one draws the same paths.")] = 0,
    out: Out = None,
    workers: Workers = DEFAULT_WORKERS,
) -> None:
    """Write the planning problem of one coalition as one JSON file."""
    if not instance.resolve().parent.is_dir():
        raise typer.BadParameter(f"{instance}: the folder {instance.parent} is not there; make it, or name another")
    with TerminalProgress() as shown:
        open_rooms(programme, out, workers, shown).export_instance(
            instance, partner, book, scenario, exponent, paths=paths, seed=seed
        )
    print(instance)


@plan_app.command("check", epilog="Example: `halfshaft plan check instance.json plan.json`")
def plan_check(
    instance: InstanceFile,
    answer: Annotated[
        Path,
        typer.Argument(metavar="PLAN.json", help="What `plan solve --json` printed.", show_default=False),
    ],
    as_json: Json = False,
) -> None:
    """Recompute cost and feasibility of a plan from its decisions alone."""
    from halfshaft.study import check_answer

    found = check_answer(instance, answer)
    if as_json:
        print_json(found)
    else:
        print(f"{found['title']}: cost {found['objective']:,.0f}, stated {found['stated_objective']:,.0f}")
        for violation in found["violations"]:
            print(f"  {violation}")
        for difference in found["contradicted"]:
            print(f"  {difference}")
        print("feasible" if found["feasible"] else "not feasible")
    if not found["feasible"] or found["contradicted"]:
        raise typer.Exit(1)


@plan_app.command("schema", epilog="Example: `halfshaft plan schema > instance.schema.json`")
def plan_schema() -> None:
    """Print the JSON schema of an instance file."""
    from halfshaft.study import instance_schema

    print(json.dumps(instance_schema(), indent=2))


def print_answer(answer: Mapping[str, Any]) -> None:
    """A plan of an instance file for people: certificate, cost tree, what is reported and not paid, family, launches, lines."""
    million = 1e6
    print(
        f"\n{answer['title']}: {answer['objective'] / million:,.3f} million {answer['currency']}, "
        f"bound {answer['bound'] / million:,.3f}, gap {100 * answer['gap']:.4f} % "
        f"({answer['status']}, {answer['seconds']:.1f} s, of these {answer['build_seconds']:.1f} s building models)"
    )
    rows = [{"line": line, "amount": amount / million} for line, amount in answer["cost_tree"].items() if amount]
    total = {"line": "total", "amount": answer["objective"] / million}
    table("Cost", [("line", "line"), ("amount", "present value, millions")], [*rows, total])
    if answer["reported"]:
        # Names of an instance file hold their units.
        counted = [{"name": name, "total": amount} for name, amount in answer["reported"].items()]
        table("Reported beside the cost", [("name", "quantity"), ("total", "total")], counted)
    decisions = answer["decisions"]
    chosen = [
        {"slot": slot, "units": ", ".join(unit for unit in row["units"] if unit), "late": row["delay_years"] or ""}
        for slot, row in decisions["choice"].items()
    ]
    table("Family", [("slot", "slot"), ("units", "units"), ("late", "years late")], chosen)
    launches: dict[int, list[str]] = {}
    for name, year in decisions["launch"].items():
        launches.setdefault(year, []).append(name)
    calendar = [{"year": str(year), "modules": ", ".join(names)} for year, names in sorted(launches.items())]
    table("Launches", [("year", "year"), ("modules", "modules")], calendar)
    if decisions["added_lines"]:
        columns = [("plant", "plant"), ("process", "process"), ("year", "year"), ("lines", "lines")]
        table("Added lines", columns, [{**row, "year": str(row["year"])} for row in decisions["added_lines"]])


@contextmanager
def _told() -> Iterator[Any]:
    """Progress on stderr while a search runs; the first interrupt asks it to stop, a second one stops the command."""
    asked = False
    began = last = time.monotonic()

    def interrupt(*_: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        print("interrupted: taking the best plan and its bound", file=sys.stderr)

    def progress(cost: float, bound: float) -> bool:
        nonlocal last
        if time.monotonic() - last >= _SILENCE:
            last = time.monotonic()
            gap = f", gap {100 * (cost - bound) / cost:.3f} %" if 0.0 < cost < float("inf") and bound > 0.0 else ""
            best = f"cost {cost / 1e6:,.3f} million" if cost < float("inf") else "no plan yet"
            proven = f", bound {bound / 1e6:,.3f}" if bound > float("-inf") else ""
            print(f"{last - began:6.0f} s  {best}{proven}{gap}", file=sys.stderr)
        return asked

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield progress
    finally:
        signal.signal(signal.SIGINT, before)
