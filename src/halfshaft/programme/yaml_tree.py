"""A YAML file as plain data, with the line of everything and with the basis of every figure taken out.

A figure may be written bare (`mass: 2.1 t`) or with what it rests on (`mass: {value: 2.1 t, source: evkx}`). This module reads a file,
remembers on which line each field stands, replaces the long form by its value, and notes source, assumption and visibility in a ledger.
`source` and `assumption` beside a table of figures hold for the whole table. What states neither is an assumption without a reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from halfshaft.quantities import VISIBILITIES, Figure, InputError, Problem, Visibility

Path_ = tuple[str | int, ...]

_BASIS_KEYS = ("source", "assumption", "visibility")
_FIGURE_KEYS = {"value", *_BASIS_KEYS}
_LOOKS_LIKE_A_FIGURE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?(\s+\S+)?(\s*%)?")

# What the study is asked, rather than what is known about the world: a choice rests on nothing.
_CHOICES = {
    "base_year",
    "last_year",
    "price_year",
    "from_year",
    "to_year",
    "gap",
    "time_limit",
    "heading",
    "latest_delay",
    "most_suppliers",
}

UNSTATED = "no basis stated in the file"


@dataclass
class YamlTree:
    """One file: `data` without the bases, `lines` of every path, and the `figures` found."""

    file: str
    data: dict[str, Any]
    lines: dict[Path_, int]
    figures: list[Figure]
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path_) -> int | None:
        """Line of a path, or of the nearest thing above it that stands in the file."""
        while path not in self.lines:
            if not path:
                return None
            path = path[:-1]
        return self.lines[path]


def read_yaml(path: Path, shown_as: str, sources: Mapping[str, str] | None = None) -> YamlTree:
    """Read one YAML file. `sources` maps source ids to citations; None switches that check off.

    Raises InputError when the file is missing, is not YAML, has a key twice, or is not a mapping at its top.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError.of(shown_as, "file not found", "create it, or correct the name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.of(shown_as, f"cannot be read: {error}", "a programme is UTF-8 text") from None
    try:
        raw = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        message = " ".join(str(error.problem or error).split())
        raise InputError.of(shown_as, f"not readable as YAML: {message}", "correct the syntax", line=line) from None
    except YAMLError as error:
        raise InputError.of(shown_as, f"not readable as YAML: {error}", "correct the syntax") from None
    if not isinstance(raw, dict):
        raise InputError.of(shown_as, "the file must hold named fields", "write `field: value` lines", line=1)
    tree = YamlTree(shown_as, {}, {(): 1}, [])
    tree.data = cast(dict[str, Any], _strip(tree, raw, (), sources, _Basis()))
    return tree


@dataclass(frozen=True)
class _Basis:
    """What a table says about all of its figures."""

    source: str | None = None
    assumption: str | None = None
    visibility: Visibility | None = None


def _strip(tree: YamlTree, node: Any, path: Path_, sources: Mapping[str, str] | None, above: _Basis) -> Any:
    if isinstance(node, dict):
        basis = _basis(tree, node, path, sources, above)
        if "value" in node and set(node) <= _FIGURE_KEYS:
            value = _plain(node["value"])
            _note(tree, path, value, basis)
            return value
        result: dict[Any, Any] = {}
        position: Any = getattr(node, "lc")  # noqa: B009 – the loader's own mapping type, which has no stub
        for key, child in node.items():
            # A key that came by a merge (`<<: *other`) stands elsewhere: it is shown at the line of what merged it.
            tree.lines[(*path, key)] = position.key(key)[0] + 1 if key in position.data else tree.line(path) or 1
            if key in _BASIS_KEYS:
                continue
            result[key] = _strip(tree, child, (*path, key), sources, basis)
        return result
    if isinstance(node, list):
        items = []
        position = getattr(node, "lc")  # noqa: B009
        for index, child in enumerate(node):
            tree.lines[(*path, index)] = position.item(index)[0] + 1
            items.append(_strip(tree, child, (*path, index), sources, above))
        return items
    value = _plain(node)
    if _is_figure(value) and path[-1] not in _CHOICES:
        _note(tree, path, value, above)
    return value


def _basis(tree: YamlTree, node: Any, path: Path_, sources: Mapping[str, str] | None, above: _Basis) -> _Basis:
    def complain(key: str, message: str, remedy: str) -> None:
        line = node.lc.key(key)[0] + 1
        tree.problems.append(Problem(tree.file, line, _dotted((*path, key)), message, remedy, str(node[key])))

    source, assumption, visibility = above.source, above.assumption, above.visibility
    if "source" in node and "assumption" in node:
        complain("assumption", "a figure is either sourced or assumed", "keep `source` or `assumption`, not both")
    if "source" in node:
        source, assumption = str(node["source"]), None
        if sources is not None:
            if source in sources:
                source = sources[source]
            else:
                complain("source", "unknown source", "add it to sources.yaml, or name one that is there")
    elif "assumption" in node:
        source, assumption = None, str(node["assumption"])
    if "visibility" in node:
        if node["visibility"] in VISIBILITIES:
            visibility = node["visibility"]
        else:
            complain("visibility", "unknown circle", f"choose one of {', '.join(VISIBILITIES)}")
    return _Basis(source, assumption, visibility)


def _note(tree: YamlTree, path: Path_, value: Any, basis: _Basis) -> None:
    sourced = basis.source is not None
    tree.figures.append(
        Figure(
            file=tree.file,
            line=tree.line(path) or 1,
            path=_dotted(path),
            text=str(value),
            basis="source" if sourced else "assumption",
            note=basis.source or basis.assumption or UNSTATED,
            visibility=basis.visibility or "clean team",
        )
    )


def _is_figure(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (
        isinstance(value, str) and _LOOKS_LIKE_A_FIGURE.fullmatch(value) is not None
    )


def _plain(value: Any) -> Any:
    """A scalar without the round-trip loader's own types, so that nothing downstream meets them."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return str(value)


def _dotted(path: Path_) -> str:
    return ".".join(str(part) for part in path)
