"""What a partner sees is what the whitelist grants and nothing else, in every byte of the view."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import FrozenInstanceError
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halfshaft.alliance import (
    NOTICE,
    STUDY_WHITELIST,
    Game,
    JointView,
    PartnerView,
    Release,
    allocate,
    joint_view,
    partner_view,
    refuse_two_partner_totals,
)
from halfshaft.quantities import VISIBILITIES

_PARTNERS = ("north", "south", "west")


class _Vault:
    """Hands out values that occur nowhere else, and keeps for each who may see it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._number = count(10001)
        self.audience: dict[str, frozenset[str]] = {}

    def leaf(self, *audience: str) -> Any:
        """A new text or number for this audience."""
        number = next(self._number)
        value: str | int | float = self._draw(
            st.sampled_from([f"token {number} end", number * 1000 + 7, number + 0.125])
        )
        self.audience[str(value)] = frozenset(audience)
        return value

    def junk(self) -> dict[str, Any]:
        """Fields that no whitelist knows, under keys that are themselves nobody's business, at any depth."""
        keys = [f"field {next(self._number)}" for _ in range(self._draw(st.integers(0, 2)))]
        self.audience.update(dict.fromkeys(keys, frozenset()))
        shapes = (
            lambda: self.leaf(),
            lambda: [self.leaf()],
            lambda: {"cost": self.leaf(), "rows": [{"unit": self.leaf()}]},
        )
        return {key: self._draw(st.sampled_from(shapes))() for key in keys}


@st.composite
def _studies(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[str, ...], dict[str, frozenset[str]]]:
    """A study document, its partners, and for each secret in it who may see it, said independently of the whitelist's mechanism."""
    partners = _PARTNERS[: draw(st.integers(2, 3))]
    vault = _Vault(draw)
    leaf, junk = vault.leaf, vault.junk
    everybody = partners
    if_three = partners if len(partners) > 2 else ()

    def owners() -> list[str]:
        return draw(st.lists(st.sampled_from(partners), max_size=4))

    def own_if_three(partner: str) -> Any:
        return leaf(partner) if len(partners) > 2 else leaf()

    def figure() -> dict[str, Any]:
        owner, visibility = draw(st.sampled_from(partners)), draw(st.sampled_from(VISIBILITIES))
        audience = {"public": everybody, "shared": everybody, "clean team": (), "own only": (owner,)}[visibility]
        return {"partner": owner, "visibility": visibility, "value": leaf(*audience), "note": leaf(*audience), **junk()}

    def plan(*audience: str) -> dict[str, Any]:
        return {
            "cost_m": leaf(*audience),
            "cost_tree_m": {"labour": leaf(*audience)},
            "purchases": [{"price": leaf()}],
            **junk(),
        }

    document = {
        "programme": {
            "name": leaf(*everybody),
            "years": [leaf(*everybody)],
            "discount_rate_percent": leaf(),
            "partners": [{"id": partner, "name": leaf(*everybody), "plan": leaf(), **junk()} for partner in partners],
            "scenarios": [{"id": leaf(*everybody), "factors": {"2027": leaf()}}],
            "vehicles": [
                {"partner": owner, "id": leaf(owner), "cars": {"2027": leaf(owner), "2028": leaf(owner)}, **junk()}
                for owner in owners()
            ],
            "requirements": [
                {"owner": owner, "quantity": leaf(owner), "value": leaf(owner), "reason": leaf(), **junk()}
                for owner in owners()
            ],
            "suppliers": [{"id": leaf()}],
            **junk(),
        },
        "assumptions": [figure() for _ in range(draw(st.integers(0, 3)))],
        "verification": {
            # Rows that name no vehicle's partner show only the demands that name the viewer.
            "vehicles": [
                {"vehicle": leaf(), "demands": [{"owner": owner, "value": leaf(owner), **junk()} for owner in owners()]}
            ]
        },
        "plans": {
            "reference": {
                "gap_percent": leaf(*everybody),
                **plan(*if_three),
                "cost_by_partner_m": {partner: leaf(partner) for partner in partners} | {"shared": leaf()},
                "assignments": [
                    {"partner": owner, "vehicle": leaf(owner), "unit": leaf(owner), "unit_cost": leaf(), **junk()}
                    for owner in owners()
                ],
                "production": [
                    {"partner": owner, "lines": leaf(owner), "output_pieces": leaf(), "output": {"fast": leaf()}}
                    for owner in owners()
                ],
            },
            "alone": {partner: plan(partner) for partner in partners},
            "cases": [{"coalition": list(partners[:1]), "cost_m": leaf()}],
        },
        "saving": {
            "outlooks": [
                {
                    "book": leaf(*everybody),
                    "saving_m": leaf(*if_three),
                    "interval_m": {"low": leaf(*if_three), "high": leaf(*if_three)},
                    "alone_by_partner_m": {partner: leaf(partner) for partner in partners},
                }
            ]
        },
        "alliance": [
            {
                "scenario": leaf(*everybody),
                "coalitions": [{"members": list(partners[1:]), "cost_m": leaf()}],
                "saving_m": {"low": leaf(*if_three), "high": leaf(*if_three)},
                "splits": [
                    {
                        "rule": leaf(*everybody),
                        "in_core": leaf(*everybody),
                        "payment_m": {partner: own_if_three(partner) for partner in partners},
                        "gain_interval_m": {partner: {"low": own_if_three(partner)} for partner in partners},
                        "transfer_m": (
                            {partner: own_if_three(partner) for partner in partners} if draw(st.booleans()) else None
                        ),
                        **junk(),
                    }
                    for _ in range(draw(st.integers(0, 2)))
                ],
                **junk(),
            }
            for _ in range(draw(st.integers(0, 2)))
        ],
        **junk(),
    }
    return document, partners, vault.audience


def _scalars(node: Any) -> Iterator[Any]:
    """All keys and leaves of a tree."""
    if isinstance(node, dict):
        yield from node
        for child in node.values():
            yield from _scalars(child)
    elif isinstance(node, list):
        for child in node:
            yield from _scalars(child)
    else:
        yield node


@settings(max_examples=1000)
@given(_studies())
def test_no_secret_in_any_byte_and_nothing_granted_missing(
    study: tuple[dict[str, Any], tuple[str, ...], dict[str, frozenset[str]]],
) -> None:
    """For each partner the secrets found in the JSON, the representation and the pickle of the view are exactly those meant for it."""
    document, partners, audience = study
    before = deepcopy(document)
    for partner in partners:
        view = partner_view(document, partner)
        text = view.to_json()
        assert {secret for secret in audience if secret in text} == {s for s, who in audience.items() if partner in who}
        granted = {str(scalar) for scalar in _scalars(view.content)}
        assert {secret for secret in audience if secret in repr(view)} <= granted
        pickled = {str(scalar) for scalar in _scalars(pickle.loads(pickle.dumps(view)).content)}
        assert pickled == granted
        assert json.loads(text)["content"] == view.content
    assert document == before


_KEYS = ("a", "b", "north", "south", "*", "@own", "[]", "partner", "owner", "visibility")
_STEPS = ("a", "b", "*", "@own", "a[]", "b[]", "*[]", "north", "north[]")


@st.composite
def _trees(draw: st.DrawFn) -> dict[str, Any]:
    """Any JSON of few keys, so that random paths often meet something; leaves are unique but for owners and circles."""
    leaf_number = count(1)

    def entry(key: str, depth: int) -> Any:
        if key in ("partner", "owner"):
            return draw(st.sampled_from([*_PARTNERS, None, f"leaf {next(leaf_number)}"]))
        if key == "visibility":
            return draw(st.sampled_from([*VISIBILITIES, f"leaf {next(leaf_number)}"]))
        return node(depth + 1)

    def node(depth: int) -> Any:
        kind = draw(st.sampled_from(["leaf", "map", "list"] if 0 < depth < 4 else ["map" if depth < 4 else "leaf"]))
        if kind == "leaf":
            return f"leaf {next(leaf_number)}"
        if kind == "list":
            return [node(depth + 1) for _ in range(draw(st.integers(0, 3)))]
        return {key: entry(key, depth) for key in draw(st.sets(st.sampled_from(_KEYS), max_size=5))}

    tree: dict[str, Any] = node(0)
    return {**tree, "programme": {"partners": [{"id": "north"}, {"id": "south"}]}}


def _leaves(node: Any, path: str, rows: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    """Every leaf with its path, written with one slash before each key and one hash for each row, and the rows it lies in."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _leaves(child, f"{path}/{key}", rows)
    elif isinstance(node, list):
        for child in node:
            yield from _leaves(child, f"{path}#", (*rows, child))
    else:
        yield path, rows, node


def _granted(release: Release, path: str, rows: tuple[Any, ...], viewer: str) -> bool:
    """The whitelist's meaning once more, leaf by leaf with a regular expression."""
    pattern = ""
    for part in release.path.split("."):
        name = part.removesuffix("[]")
        pattern += "/" + ({"*": "[^/#]*", "@own": viewer}.get(name) or re.escape(name)) + "#" * part.endswith("[]")
    if not re.fullmatch(pattern, path):
        return False
    marked = [row for row in rows if isinstance(row, dict)]
    if release.rule == "all":
        return True
    owners = [[row[key] for key in ("partner", "owner") if key in row] for row in marked]
    if release.rule == "own rows only":
        return any(owners) and all(owner == viewer for row in owners for owner in row)
    if release.rule == "by visibility":
        circles = [
            (row["visibility"], set(map(str, who)))
            for row, who in zip(marked, owners, strict=True)
            if "visibility" in row
        ]
        opened = [seen in ("public", "shared") or (seen, who) == ("own only", {viewer}) for seen, who in circles]
        return bool(opened) and all(opened)
    return False


_releases = st.builds(
    Release,
    st.lists(st.sampled_from(_STEPS), min_size=1, max_size=4).map(".".join),
    st.sampled_from(["all", "own rows only", "by visibility", "total"]),
)


@settings(max_examples=500)
@given(_trees(), st.lists(_releases, max_size=8), st.sampled_from(["north", "south"]))
def test_any_whitelist_on_any_document(tree: dict[str, Any], whitelist: list[Release], viewer: str) -> None:
    """The view holds exactly the leaves that an independent reading of the whitelist grants, under their own keys."""
    view = partner_view(tree, viewer, whitelist=tuple(whitelist))
    expected = [
        (path, leaf)
        for path, rows, leaf in _leaves(tree, "", ())
        if any(_granted(release, path, rows, viewer) for release in whitelist)
    ]
    found = [(path, leaf) for path, _, leaf in _leaves(view.content, "", ())]
    assert sorted(found, key=str) == sorted(expected, key=str)


_TWO = {"partners": [{"id": "north"}, {"id": "south"}]}
_SMALL: dict[str, Any] = {"programme": _TWO, "saving": {"outlooks": [{"book": "law", "saving_m": 31.0}]}}


def test_totals_over_two_partners_are_withheld_with_a_reason() -> None:
    """The saving, a total over both, is not in the view, and its existence is not hidden: path and reason stand in `withheld`."""
    view = partner_view(_SMALL, "north")
    assert view.content == {"programme": _TWO, "saving": {"outlooks": [{"book": "law"}]}}
    withheld = dict(view.withheld)
    assert "total" in withheld["saving.outlooks[].saving_m"]
    assert "trustee" in withheld["alliance[].splits[].transfer_m.@own"]


def test_totals_over_three_partners_are_released() -> None:
    """With a third partner the total is no longer own plus one other's, and nothing is withheld."""
    document = {**_SMALL, "programme": {"partners": [{"id": partner} for partner in _PARTNERS]}}
    view = partner_view(document, "north")
    assert view.content["saving"]["outlooks"] == [{"book": "law", "saving_m": 31.0}]
    assert view.withheld == ()


def test_the_guard_drops_totals_only() -> None:
    """For two partners the guard keeps all but the totals; for three it keeps all."""
    whitelist = (Release("a", "all"), Release("b", "total", "because"), Release("c[].d", "own rows only"))
    kept, withheld = refuse_two_partner_totals(whitelist, ("north", "south"))
    assert kept == (whitelist[0], whitelist[2])
    assert withheld == (("b", "because"),)
    assert refuse_two_partner_totals(whitelist, _PARTNERS) == (whitelist, ())


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(10**6, 10**7), st.integers(10**6, 10**7))
def test_why_a_transfer_counts_as_a_total(own_saving: int, other_saving: int, own_alone: int, other_alone: int) -> None:
    """Equal gain as the room computes it: the own saving and the own transfer give the other's saving before the transfer.

    So the study's whitelist marks every own figure of a split as a total.
    """
    joint = own_alone + other_alone - own_saving - other_saving
    game = Game.exact(
        ("north", "south"),
        {frozenset({"north"}): own_alone, frozenset({"south"}): other_alone, frozenset({"north", "south"}): joint},
    )
    own_cost = {"north": own_alone - own_saving, "south": other_alone - other_saving}
    equal_gain = allocate(game, own_cost=own_cost, volume={"north": 1.0, "south": 1.0}).splits[0]
    assert equal_gain.transfer is not None
    assert own_saving - 2 * equal_gain.transfer["north"] == pytest.approx(other_saving, abs=1e-6)
    own_figures = {
        release.rule
        for release in STUDY_WHITELIST
        if release.path.startswith("alliance[].splits[].") and "@own" in release.path
    }
    assert own_figures == {"total"}


def test_a_path_that_ends_at_a_container_releases_nothing() -> None:
    """Releasing a mapping or rows by their name alone shows nothing, so that a field added later stays hidden."""
    document = {**_SMALL, "rows": [{"partner": "north", "cost": 5}]}
    for path in ("saving", "saving.outlooks", "saving.outlooks[]", "rows", "rows[]"):
        assert partner_view(document, "north", whitelist=(Release(path, "all"),)).content == {}


def test_rows_without_an_owner_are_nobodys_own() -> None:
    """Under "own rows only" a row of nobody is closed, and so is one that another has a part in, or another's inside an own one."""
    document = {
        **_SMALL,
        "rows": [
            {"cost": 5},
            {"partner": "north", "cost": 6, "lines": [{"partner": "south", "cost": 7}, {"cost": 8}]},
            {"partner": "south", "cost": 9, "lines": [{"partner": "north", "cost": 10}]},
            {"partner": "north", "owner": "south", "cost": 11},
        ],
    }
    whitelist = (Release("rows[].cost", "own rows only"), Release("rows[].lines[].cost", "own rows only"))
    assert partner_view(document, "north", whitelist=whitelist).content == {
        "rows": [{"cost": 6, "lines": [{"cost": 8}]}]
    }


def test_the_narrowest_circle_on_the_way_decides() -> None:
    """Under "by visibility" an open row inside an unmarked one is seen, an unmarked one inside an open one too, a closed one nowhere."""
    document = {
        **_SMALL,
        "groups": [
            {
                "rows": [
                    {"visibility": "shared", "text": "seen"},
                    {"visibility": "clean team", "text": "closed"},
                    {"text": "unmarked"},
                ]
            },
            {
                "visibility": "public",
                "rows": [{"text": "seen too"}, {"visibility": "own only", "partner": "south", "text": "closed"}],
            },
        ],
    }
    view = partner_view(document, "north", whitelist=(Release("groups[].rows[].text", "by visibility"),))
    assert view.content == {"groups": [{"rows": [{"text": "seen"}]}, {"rows": [{"text": "seen too"}]}]}


def test_the_clean_team_sees_all() -> None:
    """The joint view holds the whole document, as a copy, and says for whom it is."""
    document = deepcopy(_SMALL)
    view = joint_view(document)
    document["saving"]["outlooks"][0]["book"] = "changed"
    assert view.content == _SMALL
    assert view.circle == "clean team"
    assert json.loads(view.to_json())["content"] == _SMALL


def test_the_views_are_different_types() -> None:
    """Neither view is a kind of the other, and neither can be altered."""
    joint, partner = joint_view(_SMALL), partner_view(_SMALL, "north")
    assert not isinstance(joint, PartnerView)
    assert not isinstance(partner, JointView)
    with pytest.raises(FrozenInstanceError):
        partner.partner = "south"  # type: ignore[misc]


def test_every_view_says_that_counsel_confirms() -> None:
    """The notice that this is no legal advice is part of both views and of their text."""
    for view in (joint_view(_SMALL), partner_view(_SMALL, "north")):
        assert "counsel to confirm" in view.notice == NOTICE
        assert "counsel to confirm" in view.to_json()


@pytest.mark.parametrize(
    ("document", "error"),
    [
        pytest.param({"programme": "secret 4711"}, ValueError, id="no-partners"),
        pytest.param({"programme": {"partners": ["secret 4711"]}}, ValueError, id="partners-without-names"),
        pytest.param({"programme": {"partners": [{"id": "secret 4711"}] * 2}}, ValueError, id="partner-twice"),
        pytest.param({"programme": {"partners": [{"id": "secret 4711"}]}}, ValueError, id="viewer-is-a-stranger"),
        pytest.param({**_SMALL, "x": {"secret 4711"}}, TypeError, id="a-set"),
        pytest.param({**_SMALL, "x": {4711: "secret 4711"}}, TypeError, id="a-key-that-is-no-text"),
    ],
)
def test_errors_quote_no_value_of_the_document(document: dict[str, Any], error: type[Exception]) -> None:
    """A document that cannot be read is refused without repeating what stands in it."""
    with pytest.raises(error) as caught:
        partner_view(document, "north")
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "[]", "a.[]"])
def test_refuses_paths_that_are_none(path: str) -> None:
    """An empty segment would match nothing and hide a slip of the pen."""
    with pytest.raises(ValueError, match="is no path"):
        Release(path, "all")
