"""The answer of a search on disk: the front as a table, a picture and machines to go on with, and how far the coarse search erred.

Members of the front, and the start, are computed again as drawn, finely; the headline compares fine figures with fine figures.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from halfshaft.drive_unit.design_search.build import template_of
from halfshaft.drive_unit.design_search.judge import FIGURE_UNITS
from halfshaft.programme.machine_writer import machine_yaml
from halfshaft.programme.search_file import Search
from halfshaft.study.design_search.crew import Crew
from halfshaft.study.design_search.evaluate import Outcome, Question, check_finely
from halfshaft.study.design_search.picture import front_svg
from halfshaft.study.design_search.run import Found
from halfshaft.study.pipeline import Progress, Silent
from halfshaft.study.store import Store, key_of, write_whole

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A finished search with the fine figures of some members (by their place in the front) and of the start."""

    found: Found
    checked: dict[int, Outcome]
    start: Outcome | None

    def improvements_percent(self, k: int) -> Json:
        """By how much a member is below the start in each objective: both fine where both were checked, else both coarse."""
        fine = k in self.checked and self.start is not None and not self.checked[k].fault and not self.start.fault
        member = self.checked[k] if fine else self.found.front[k]
        start = self.start if fine and self.start is not None else self.found.start
        if start.fault:
            return {}
        names = self.found.search.objectives
        return {name: 100.0 * (1.0 - member.figures[name] / start.figures[name]) for name in names}

    @property
    def best(self) -> int | None:
        """The member that gains most in the objective in which it gains least, relative to the start: the headline."""
        gains = [self.improvements_percent(k) for k in range(len(self.found.front))]
        sure = [k for k in range(len(gains)) if gains[k] and (not self.checked or k in self.checked)]
        if not sure:
            return None
        return max(sure, key=lambda k: (min(gains[k].values()), -k))


def check_front(
    found: Found, members: int, *, store: Store, workers: int = 1, progress: Progress | None = None
) -> Answer:
    """Compute ``members`` of the front finely, spread over it with its ends, and the start; an interrupt ends it with what is there."""
    watch, question = progress or Silent(), Question.of(found.search)
    count = min(members, len(found.front))
    places = sorted({round(p) for p in np.linspace(0, len(found.front) - 1, count)}) if count else []
    balanced = Answer(found, {}, None).best
    if count and balanced is not None and balanced not in places:
        places[len(places) // 2] = balanced
    choices = [*(found.front[k].choice for k in places), found.search.start] if count else []
    question_key = key_of("design question", question)
    keys = [key_of("design check", question_key, choice) for choice in choices]
    known = [store.get(key) for key in keys]
    watch.stage("fine check", len(choices))
    for outcome in known:
        if outcome is not None:
            watch.step("kept", True)
    missing = [i for i, outcome in enumerate(known) if outcome is None]

    def done(k: int, outcome: Outcome) -> None:
        known[missing[k]] = outcome
        store.put(keys[missing[k]], outcome)
        watch.step("checked", False)

    try:
        with Crew(workers) as crew:
            crew.run(check_finely, [(question, choices[i]) for i in missing], done)
    except KeyboardInterrupt:
        found = replace(found, interrupted=True)
    fine = {k: outcome for k, outcome in zip(places, known, strict=False) if outcome is not None}
    return Answer(found, fine, known[-1] if choices else None)


def write_answer(answer: Answer, folder: Path) -> Json:
    """Write `front.json`, `front.csv`, `evaluations.csv`, `front.svg` and a machine file for each member; the document of `front.json`."""
    found, machines = answer.found, folder / "machines"
    machines.mkdir(parents=True, exist_ok=True)
    for stale in machines.glob(f"{found.search.name}_*.yaml"):
        stale.unlink()
    members = []
    for k, outcome in enumerate(found.front):
        name = f"{found.search.name}_{k + 1:02d}"
        path = machines / f"{name}.yaml"
        write_whole(path, _machine_file(found, outcome, name).encode())
        members.append(_member(answer, k, str(path.relative_to(folder))))
    document = answer_document(answer, members)
    write_whole(folder / "front.json", json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False).encode())
    write_whole(folder / "front.csv", _csv(found.search, found.front).encode())
    write_whole(folder / "evaluations.csv", _csv(found.search, found.outcomes).encode())
    write_whole(folder / "front.svg", front_svg(answer_picture(answer)).encode())
    return document


def answer_document(answer: Answer, members: Sequence[Json]) -> Json:
    """The answer as one plain document."""
    found = answer.found
    evaluated = len(found.outcomes)
    computed = max(evaluated - found.stored, 1)
    seconds = found.field_seconds + found.other_seconds
    return {
        "search": found.search.name,
        "objectives": list(found.search.objectives),
        "units": {**FIGURE_UNITS, "cost": found.search.currency},
        "design_space": found.search.space.size,
        "start": _outcome(found.search, found.start) | {"checked": _checked(answer.start)},
        "front": list(members),
        "best": answer.best,
        "generations": [
            {
                "generation": g.number,
                "evaluated": g.evaluated,
                "feasible": g.feasible,
                "front": g.front,
                "hypervolume": g.hypervolume,
            }
            for g in found.generations
        ],
        "run": {
            "evaluations": evaluated,
            "from_store": found.stored,
            "fields_computed": found.fields,
            "evaluations_on_a_shared_field": found.shared,
            "processor_seconds_per_evaluation": seconds / computed,
            "field_share_of_time_percent": 100.0 * found.field_seconds / seconds if seconds else 0.0,
            "seed": found.search.effort.seed,
            "interrupted": found.interrupted,
        },
        "assumptions": len(found.search.ledger.assumptions),
    }


def answer_picture(answer: Answer) -> Json:
    """What the picture shows: all feasible designs, the front, the start and the fine figures."""
    found, names = answer.found, answer.found.search.objectives
    on_front = {o.choice for o in found.front}

    def values(outcome: Outcome | None) -> list[float] | None:
        return None if outcome is None or outcome.fault else [outcome.figures[name] for name in names]

    labels = {"mass": "mass, kg", "cost": f"material, {found.search.currency}", "cycle_loss": "cycle loss, Wh/km"}
    return {
        "title": found.search.name,
        "labels": [labels[name] for name in names],
        "others": [values(o) for o in found.outcomes if o.feasible and o.choice not in on_front],
        "front": [values(o) for o in found.front],
        "checked": {k: values(o) for k, o in answer.checked.items()},
        "start": values(found.start),
        "start_checked": values(answer.start),
        "start_feasible": found.start.feasible,
        "best": answer.best,
    }


def _member(answer: Answer, k: int, file: str) -> Json:
    outcome = answer.found.front[k]
    return {
        "member": k + 1,
        "machine_file": file,
        **_outcome(answer.found.search, outcome),
        "checked": _checked(answer.checked.get(k), outcome),
        "better_than_start_percent": answer.improvements_percent(k),
    }


def _outcome(search: Search, outcome: Outcome) -> Json:
    return {
        "variables": variables_shown(search, outcome),
        "figures": dict(outcome.figures),
        "shortfalls_percent": {name: 100.0 * value for name, value in outcome.shortfalls.items()},
        "meets_demands": outcome.feasible,
        "fault": outcome.fault,
    }


def _checked(fine: Outcome | None, coarse: Outcome | None = None) -> Json | None:
    if fine is None:
        return None
    worst = max(fine.shortfalls, key=lambda name: fine.shortfalls[name], default=None)
    return {
        "figures": dict(fine.figures),
        "meets_demands": fine.feasible,
        "tightest_demand": worst,
        "tightest_shortfall_percent": None if worst is None else 100.0 * fine.shortfalls[worst],
        "fault": fine.fault,
        "coarse_over_fine_percent": {}
        if coarse is None or fine.fault
        else {name: 100.0 * (coarse.figures[name] / value - 1.0) for name, value in fine.figures.items() if value},
    }


def variables_shown(search: Search, outcome: Outcome) -> Json:
    """What was chosen, in the units of a drawing."""
    shown: Json = {}
    for dimension, value in zip(search.space.dimensions, search.space.values(outcome.choice), strict=True):
        field = str(dimension.path[-1])
        if field.endswith("_m"):
            shown[f"{dimension.label} mm"] = round(1e3 * value, 6)
        elif field.endswith("_rad"):
            shown[f"{dimension.label} deg"] = round(float(np.degrees(value)), 6)
        else:
            shown[dimension.label] = round(value, 9)
    winding = search.space.winding(outcome.choice)
    shown["series_turns"], shown["parallel_paths"] = winding.series_turns, winding.parallel_paths
    shown["inverter"] = search.space.inverter(outcome.choice).name
    return shown


def _machine_file(found: Found, outcome: Outcome, name: str) -> str:
    search = found.search
    template = template_of(search.base, search.space, outcome.choice)
    figures = ", ".join(f"{n} {outcome.figures[n]:.4g} {FIGURE_UNITS[n]}" for n in search.objectives)
    figures = figures.replace("money", search.currency)
    shown = ", ".join(f"{key} {value}" for key, value in variables_shown(search, outcome).items())
    return machine_yaml(
        replace(template, name=name, reference=f"found by the search {search.name}, from {search.base.template.name}"),
        f"found by a search that started from {search.base.template.name}; what it did not vary is as assumed there",
        f"{shown}\n{figures} (by the search's coarse fields)",
    )


def _csv(search: Search, outcomes: Sequence[Outcome]) -> str:
    names = [name for name in FIGURE_UNITS if any(name in o.figures for o in outcomes)]
    units = {**FIGURE_UNITS, "cost": search.currency}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    variables = list(variables_shown(search, outcomes[0])) if outcomes else []
    writer.writerow([*variables, *(f"{name} {units[name]}" for name in names), "meets_demands", "fault"])
    for outcome in outcomes:
        shown = variables_shown(search, outcome)
        figures = [f"{outcome.figures[n]:.6g}" if n in outcome.figures else "" for n in names]
        writer.writerow([*shown.values(), *figures, "yes" if outcome.feasible else "no", outcome.fault])
    return text.getvalue()
