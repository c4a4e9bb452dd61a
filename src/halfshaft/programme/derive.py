"""Rows of a kit that are derived from others: an evolution states what changes, and takes the rest from its parent.

A row with `derived_from: PARENT` has every field of the parent, itself perhaps derived, except those that it states, its own name, and what
its development takes: a new generation is developed anew, with its parent as the one it carries over from unless it names another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Rows = list[tuple[int, Any]]
Complain = Callable[[str, tuple[str | int, ...], str, str], None]

DERIVED_FROM = "derived_from"
_OWN = ("name", "development")  # never taken from a parent


def derived_rows(file: str, rows: Rows, complain: Complain) -> tuple[Rows, dict[str, str]]:
    """The rows with their parents' fields filled in, and the parent of each derived row by name.

    A row whose parent is unknown, or is derived from it in turn, is told to `complain` and left out.
    """
    by_name = {row["name"]: (index, row) for index, row in rows if isinstance(row, dict) and _named(row)}
    parents: dict[str, str] = {}
    whole: Rows = []
    for index, row in rows:
        if not isinstance(row, dict) or DERIVED_FROM not in row:
            whole.append((index, row))
            continue
        line = _line(row, by_name)
        if isinstance(line, str):
            complain(file, (file, index, DERIVED_FROM), line, f"name another of {', '.join(sorted(by_name))}")
            continue
        if _named(row):
            parents[row["name"]] = row[DERIVED_FROM]
        whole.append((index, _filled(row, line)))
    return whole, parents


def _named(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("name"), str)


def _line(row: Mapping[str, Any], by_name: Mapping[str, tuple[int, Any]]) -> list[Mapping[str, Any]] | str:
    """Its parent, grandparent and so on; or what is wrong."""
    line: list[Mapping[str, Any]] = []
    seen = [row.get("name")]
    while DERIVED_FROM in row:
        parent = row[DERIVED_FROM]
        if not isinstance(parent, str) or parent not in by_name:
            return f"unknown parent {parent!r}"
        if parent in seen:
            return f"derived from itself: {' from '.join(str(name) for name in [*seen, parent])}"
        seen.append(parent)
        row = by_name[parent][1]
        line.append(row)
    return line


def _filled(row: Mapping[str, Any], line: list[Mapping[str, Any]]) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for ancestor in reversed(line):
        filled = merged(filled, {key: value for key, value in ancestor.items() if key not in _OWN})
    filled = merged(filled, row)
    parent = filled.pop(DERIVED_FROM)
    if isinstance(filled.get("development"), dict):
        filled["development"] = {"parent": parent, **filled["development"]}
    return filled


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with what `own` states in its place; tables within are merged alike, and an empty value takes a field away."""
    result = dict(base)
    for key, value in own.items():
        before = result.get(key)
        if value is None and key in result:
            del result[key]
        else:
            result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result
