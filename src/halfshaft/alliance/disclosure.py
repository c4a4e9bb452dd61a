"""What each partner may see of a study: confidentiality as a type.

A study document is what the clean team works with, JSON-like: mappings, lists, strings, numbers, truth values, nothing. The clean team's
`JointView` and a partner's `PartnerView` are different classes with nothing in common, so that a page made for one cannot be handed the
other by mistake. A partner's view is built, never cut down: it starts empty and receives only the leaves that a whitelist names. What
no one thought of is therefore not visible.

With two partners every total over both is a disclosure, because total minus own is the other's; the usual tests of statistical disclosure
control, the p % and the dominance rule, fail for two contributors by construction. Such totals are marked in the whitelist and
withheld, and so is everything from which they follow.

What the partners may exchange is a legal question. This module helps to keep to an answer; it does not give one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from halfshaft.quantities import Visibility

NOTICE = (
    "What competing partners may exchange is a question of law: counsel to confirm, before it is shared, all that this view holds. "
    "The tool helps to keep to what was agreed; it is not legal advice."
)

ReleaseRule = Literal["all", "own rows only", "by visibility", "total"]

_OPEN: tuple[Visibility, ...] = ("public", "shared")
# A row says whose it is by the partner that it belongs to or, for a demand, by the one that makes it.
_OWNER_KEYS = ("partner", "owner")


def _segments(path: str) -> tuple[str, ...]:
    """The path's steps; going into the rows of a list is a step of its own, `[]`."""
    return tuple(step for part in path.split(".") for step in ((part[:-2], "[]") if part.endswith("[]") else (part,)))


@dataclass(frozen=True)
class Release:
    """One line of a whitelist: a path to leaves of the document, the rule under which a partner sees them, and a word on why.

    A path is a chain of segments joined by dots. A name is the key of a mapping; `*` is any key, and publishes the keys it meets; `@own`
    is the key that is the viewer's id; a segment ending in `[]` goes on into every row of the list under that key. A path must end at
    leaves: where it ends at a mapping or a list of mappings nothing is released, so that a field added later stays hidden.

    Rules: "all" releases the leaves; "own rows only" those inside a row whose `partner` or `owner` is the viewer, and in no row of
    another; "by visibility" those inside a row whose `visibility` is "public" or "shared", or "own only" where the row is the viewer's;
    "total" releases a sum over all partners, or a figure from which one follows, when there are at least three.
    """

    path: str
    rule: ReleaseRule
    why: str = ""

    def __post_init__(self) -> None:
        if not all(_segments(self.path)):
            raise ValueError(f"{self.path!r} is no path; write it like 'plans.*.rows[].unit'")


@dataclass(frozen=True)
class JointView:
    """All of the document, for the clean team only."""

    circle: ClassVar[Visibility] = "clean team"
    partners: tuple[str, ...]
    content: Mapping[str, Any]
    notice: str = NOTICE

    def to_json(self) -> str:
        """The view as JSON text."""
        return _json({"circle": self.circle, "notice": self.notice, "content": self.content})


@dataclass(frozen=True)
class PartnerView:
    """What one partner may see, and nothing else: `content` holds copies of the released leaves under their own keys.

    `withheld` lists the whitelist's paths that were refused, each with the reason.
    """

    circle: ClassVar[Visibility] = "own only"
    partner: str
    content: Mapping[str, Any]
    withheld: tuple[tuple[str, str], ...]
    notice: str = NOTICE

    def to_json(self) -> str:
        """The view as JSON text."""
        withheld = [{"path": path, "reason": reason} for path, reason in self.withheld]
        head = {"circle": self.circle, "partner": self.partner, "notice": self.notice, "withheld": withheld}
        return _json({**head, "content": self.content})


_SUM = "a total over two partners less one's own part is the other's part"
_SETTLED = (
    "with two partners it shows the other's gain or saving; settle through a trustee, in bands, or by common prices"
)


def _releases(place: str, leaves: str, rule: ReleaseRule, why: str = "") -> tuple[Release, ...]:
    """One release for each of the leaves (words) under a place."""
    return tuple(Release(f"{place}.{leaf}", rule, why) for leaf in leaves.split())


STUDY_WHITELIST: tuple[Release, ...] = (
    Release("schema", "all"),
    *_releases("programme", "name currency price_year base_year years[] reference_book reference_scenario", "all"),
    *_releases("programme.partners[]", "id name customs_zone", "all"),
    *_releases("programme.books[]", "id name", "all"),
    *_releases("programme.scenarios[]", "id name", "all"),
    *_releases(
        "programme.vehicles[]", "id name partner driven_axles[] sop eop voltage_class_v cars.*", "own rows only"
    ),
    *_releases("programme.requirements[]", "id owner vehicle axle quantity relation value unit", "own rows only"),
    *_releases("programme.plants[]", "id name partner country", "own rows only"),
    *_releases("assumptions[]", "file line field value note visibility", "by visibility"),
    *_releases("sourced[]", "file line field value note visibility", "by visibility"),
    # The catalogue is the joint kit's: technical figures of units that nobody has chosen yet.
    *_releases("catalogue.units[]", "name machine inverter gear voltage_class_v ratio peak_power_kw", "all"),
    *_releases("catalogue.units[]", "continuous_power_kw peak_torque_nm peak_efficiency_percent mass_kg", "all"),
    *_releases("verification.vehicles[]", "partner vehicle configurations feasible serving_units[]", "own rows only"),
    *_releases("verification.vehicles[]", "chosen.front chosen.rear", "own rows only"),
    *_releases("verification.vehicles[].demands[]", "id owner quantity relation axle value unit", "own rows only"),
    # What the joint plan gives to the viewer. Its plants' output is left out: it counts the other's pieces too.
    *_releases("plans.reference", "gap_percent status", "all"),
    *_releases("plans.reference", "cost_m bound_m cost_tree_m.*", "total", _SUM),
    Release("plans.reference.cost_by_partner_m.@own", "all"),
    *_releases("plans.reference.assignments[]", "partner vehicle from_year axle unit", "own rows only"),
    *_releases("plans.reference.production[]", "partner plant process year lines new_lines", "own rows only"),
    # The viewer's own best plan, which rests on nothing of another partner; what suppliers ask stays with the clean team.
    *_releases("plans.alone.@own", "cost_m bound_m gap_percent status family[] cost_tree_m.*", "all"),
    *_releases("plans.alone.@own.assignments[]", "partner vehicle from_year axle unit", "own rows only"),
    *_releases("plans.alone.@own.production[]", "partner plant process year lines output_pieces", "own rows only"),
    *_releases("saving.outlooks[]", "book scenario alone_by_partner_m.@own", "all"),
    *_releases("saving.outlooks[]", "alone_m joint_m saving_m interval_m.low interval_m.high", "total", _SUM),
    *_releases("saving.outlooks[]", "saving_percent interval_percent.low interval_percent.high", "total", _SUM),
    *_releases("saving.outlooks[]", "by_line_m.*", "total", _SUM),
    *_releases("saving.steps[]", "book scenario exponent", "all"),
    *_releases("saving.steps[]", "alone_by_partner_m.@own tailored_by_partner_m.@own", "all"),
    *_releases("saving.steps[]", "tailored_m alone_m joint_m saving_m.low saving_m.high", "total", _SUM),
    *_releases("saving.steps[]", "against_tailored_m.low against_tailored_m.high", "total", _SUM),
    *_releases("adoption", "scenarios[].id scenarios[].name scenarios[].probability", "all"),
    Release("adoption.alone_by_partner_m.@own", "all"),
    *_releases("adoption", "expected_m bound_m saving_m.low saving_m.high cvar_m", "total", _SUM),
    *_releases("negotiation.prices[]", "demand owner vehicle quantity relation value unit method", "own rows only"),
    *_releases("negotiation.prices[]", "price_m.low price_m.high", "own rows only"),
    *_releases("alliance[]", "book scenario notes[]", "all"),
    *_releases("alliance[]", "saving_m.low saving_m.high", "total", _SUM),
    *_releases("alliance[].splits[]", "rule label belief reveals in_core", "all"),
    *_releases("alliance[].splits[]", "payment_m.@own gain_m.@own transfer_m.@own", "total", _SETTLED),
    *_releases("alliance[].splits[].gain_interval_m.@own", "low high", "total", _SETTLED),
)
"""What a partner sees of a study unless the partners have agreed on another whitelist.

The own payment, gain and transfer count as totals: with two partners and equal gain the transfer is half the difference of the savings, so
the own saving and the transfer give the other's saving. Lines standing at an own plant do show in steps how busy both keep it.
"""


def joint_view(document: Mapping[str, Any]) -> JointView:
    """The clean team's view. Raises ValueError when the document names no partners, TypeError when it holds more than JSON."""
    _check_json(document)
    return JointView(_partners(document), deepcopy(dict(document)))


def partner_view(
    document: Mapping[str, Any], partner: str, *, whitelist: tuple[Release, ...] = STUDY_WHITELIST
) -> PartnerView:
    """What `partner` may see of the document under the whitelist, with the totals over two partners withheld.

    The document lists its partners as rows with the key `id` under `programme.partners`. Raises ValueError when it does not or when the
    viewer is none of them, TypeError when it holds more than JSON; no message quotes a value of the document.
    """
    _check_json(document)
    partners = _partners(document)
    if partner not in partners:
        raise ValueError(f"{partner!r} is no partner of this study; a view is for one of its partners")
    kept, withheld = refuse_two_partner_totals(whitelist, partners)
    found = _project(document, tuple(_Thread(_segments(release.path), release.rule) for release in kept), partner)
    return PartnerView(partner, {} if found is _NOTHING else found, withheld)


def refuse_two_partner_totals(
    whitelist: tuple[Release, ...], partners: tuple[str, ...]
) -> tuple[tuple[Release, ...], tuple[tuple[str, str], ...]]:
    """The whitelist without the paths that would show a total over fewer than three partners, and those paths with the reason."""
    if len(partners) > 2:
        return whitelist, ()
    kept = tuple(release for release in whitelist if release.rule != "total")
    return kept, tuple((release.path, release.why or _SUM) for release in whitelist if release.rule == "total")


@dataclass(frozen=True)
class _Thread:
    """One release on its way down the document: what is left of its path, its rule, and whether a row on the way has granted it."""

    rest: tuple[str, ...]
    rule: ReleaseRule
    granted: bool = False

    @property
    def releases(self) -> bool:
        """Whether a leaf met now is visible."""
        return not self.rest and (self.granted or self.rule in ("all", "total"))


class _Nothing:
    """No leaf of this branch is visible; a type of its own, because None is a value that a document may hold."""


_NOTHING = _Nothing()


def _project(node: Any, threads: tuple[_Thread, ...], viewer: str) -> Any:
    """A new tree with the visible leaves of `node`, or _NOTHING."""
    if not threads:
        return _NOTHING
    if isinstance(node, Mapping):
        entries = ((key, _project(value, _into_key(threads, key, viewer), viewer)) for key, value in node.items())
        found = {key: value for key, value in entries if value is not _NOTHING}
        return found or _NOTHING
    if isinstance(node, list | tuple):
        rows = (_project(row, _into_row(threads, row, viewer), viewer) for row in node)
        # Rows of others leave no gap behind: even their number is theirs.
        return [row for row in rows if row is not _NOTHING] or _NOTHING
    return node if any(thread.releases for thread in threads) else _NOTHING


def _into_key(threads: tuple[_Thread, ...], key: str, viewer: str) -> tuple[_Thread, ...]:
    return tuple(
        _Thread(thread.rest[1:], thread.rule, thread.granted)
        for thread in threads
        if thread.rest and _matches(thread.rest[0], key, viewer)
    )


def _matches(step: str, key: str, viewer: str) -> bool:
    """Whether a step of a path takes this key. A key of the document that looks like a step has no special meaning."""
    if step == "[]":
        return False
    if step == "@own":
        return key == viewer
    return step in ("*", key)


def _into_row(threads: tuple[_Thread, ...], row: Any, viewer: str) -> tuple[_Thread, ...]:
    return tuple(advanced for thread in threads if (advanced := _row_step(thread, row, viewer)) is not None)


def _row_step(thread: _Thread, row: Any, viewer: str) -> _Thread | None:
    """The thread inside this row, or None where the row is closed to it."""
    if not thread.rest or thread.rest[0] != "[]":
        return None
    inside = _Thread(thread.rest[1:], thread.rule, thread.granted)
    if thread.rule in ("all", "total") or not isinstance(row, Mapping):
        return inside
    owners = [row[key] for key in _OWNER_KEYS if key in row]
    own = bool(owners) and all(owner == viewer for owner in owners)
    if thread.rule == "own rows only":
        # A row that names another partner is closed even inside a row of the viewer's.
        return None if owners and not own else _Thread(inside.rest, inside.rule, thread.granted or own)
    visibility = row.get("visibility")
    if "visibility" not in row:
        return inside
    open_to_viewer = visibility in _OPEN or (visibility == "own only" and own)
    return _Thread(inside.rest, inside.rule, granted=True) if open_to_viewer else None


def _partners(document: Mapping[str, Any]) -> tuple[str, ...]:
    programme = document.get("programme")
    rows = programme.get("partners") if isinstance(programme, Mapping) else None
    if not isinstance(rows, list | tuple) or not rows:
        raise ValueError("the study document names no partners; list them under 'programme.partners'")
    names = tuple(row.get("id") if isinstance(row, Mapping) else None for row in rows)
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise ValueError("each row under 'programme.partners' needs an 'id' of its own")
    return tuple(str(name) for name in names)


def _check_json(document: Mapping[str, Any]) -> None:
    for node in _nodes(document):
        if isinstance(node, Mapping):
            if not all(isinstance(key, str) for key in node):
                raise TypeError("a study document has text as keys only")
        elif not (node is None or isinstance(node, str | int | float | list | tuple)):
            raise TypeError(f"a study document holds JSON values only, got {type(node).__name__}")


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    if isinstance(node, Mapping | list | tuple):
        for child in node.values() if isinstance(node, Mapping) else node:
            yield from _nodes(child)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
