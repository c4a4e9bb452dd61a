"""How vehicles use their units: flows that balance, dots and bands that lie where the document says, limits in order."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest
from sample_document import sample_document
from sample_operation import sample_operation
from test_page import SECTIONS, read

from halfshaft.report import ReportError, render_report
from halfshaft.report.blocks import Fold, Picture, Prose, Table
from halfshaft.report.charts_energy import energy_sankey, flow_tree
from halfshaft.report.charts_operation import launch_strip, map_symbol, operation_maps
from halfshaft.report.contours import cells, clipped, lines
from halfshaft.report.contract import check
from halfshaft.report.names import Names
from halfshaft.report.section_operation import operation

Json = dict[str, Any]


@pytest.fixture
def held(document: Json) -> Json:
    """The part "operation" of the sample."""
    part: Json = document["operation"]
    return part


def _flows(held: Json) -> list[Json]:
    return [c["flows_wh_per_km"] for v in held["vehicles"] for c in v["cycles"] if c["flows_wh_per_km"]]


def test_flows_balance_at_every_node_and_with_the_wall_of_the_document(held: Json) -> None:
    """What the leaves sum to is the document's wall, terminals and work at the tyres, but for its four digits."""
    assert len(_flows(held)) > 5
    for flows in _flows(held):
        tree = flow_tree(flows)
        assert tree.wall == pytest.approx(flows["wall"], rel=2e-3)
        assert tree.wheels == pytest.approx(flows["wheel_drive"], rel=2e-3)
        terminals = tree.terminals - tree.recuperated - flows["battery_loss"]
        assert terminals == pytest.approx(flows["battery_terminals"], rel=2e-3)


def test_what_gives_energy_back_is_taken_off_its_group(held: Json) -> None:
    """Oil warmer than the map's makes a negative loss: the balance stays, no band is negative, and the label says it."""
    flows = copy.deepcopy(_flows(held)[0])
    axle = "rear" if flows.get("rear") else "front"
    change = flows[axle]["switching_and_cold_oil"] + 0.6
    flows[axle]["switching_and_cold_oil"] = -0.6
    for key in ("wall", "battery_terminals"):
        flows[key] -= change
    tree = flow_tree(flows)
    assert tree.wall == pytest.approx(flows["wall"], rel=2e-3)
    assert all(leaf.value > 0.0 for leaf in tree.units[axle])
    assert any("less switching and cold oil" in leaf.name for leaf in tree.units[axle])


def test_bands_are_as_wide_as_what_passes(held: Json) -> None:
    """As drawn: bands into the drive units are as wide as those out of them, and so at the battery and the wheels."""
    cycle = next(c for c in held["vehicles"][0]["cycles"] if c["flows_wh_per_km"])
    found = ET.fromstring(energy_sankey(cycle, "Fern"))
    bands = []
    for path in found.iter("path"):
        numbers = re.fullmatch(r"M([\d.]+),[\d.]+C.* ([\d.]+),[\d.]+v([\d.]+)C.*z", path.attrib["d"])
        if numbers:
            bands.append(tuple(float(n) for n in numbers.groups()))
        else:
            back = float(path.attrib["stroke-width"])
    bars = sorted({float(r.attrib["x"]) for r in found.iter("rect") if r.attrib["width"] == "12"})
    for bar in bars[1:]:
        entering = sum(w for _, end, w in bands if end == bar) + (back if bar == bars[1] else 0.0)
        leaving = sum(w for start, _, w in bands if start == bar + 12.0) + (back if bar == bars[-1] else 0.0)
        assert entering == pytest.approx(leaving, abs=0.6), bar


def test_labels_of_a_sankey_do_not_overlap(held: Json) -> None:
    """Texts that share a place in x are a line apart, also with small flows everywhere."""
    cycle = copy.deepcopy(held["vehicles"][0]["cycles"][1])
    cycle["flows_wh_per_km"]["friction_brake"] = 0.01
    found = ET.fromstring(energy_sankey(cycle, "Fern"))
    boxes = []
    for text in found.iter("text"):
        x, y, width = float(text.attrib["x"]), float(text.attrib["y"]), 6.4 * len("".join(text.itertext()))
        left = x - width / 2 if "op-mid" in text.attrib["class"] else x
        boxes.append((left, left + width, y))
        assert left + width <= 1190.0
    for k, (low, high, y) in enumerate(boxes):
        for other_low, other_high, other_y in boxes[k + 1 :]:
            assert high <= other_low or other_high <= low or abs(y - other_y) >= 13.0


def test_small_leaves_become_one(held: Json) -> None:
    """What is too small to see is gathered, not lost."""
    flows = copy.deepcopy(_flows(held)[0])
    axle = "rear" if flows.get("rear") else "front"
    flows[axle] |= {"slip": 0.1, "gear": 0.2}
    leaves = flow_tree(flows).units[axle]
    assert [leaf.name for leaf in leaves][-1] == "other"
    assert sum(leaf.value for leaf in leaves) == pytest.approx(sum(flows[axle].values()))


def test_bands_fill_the_map_and_lines_lie_on_their_level() -> None:
    """The areas of all bands sum to the grid's, and a line of z = x + y keeps to its level."""
    axis = [0.0, 1.0, 2.0, 3.0]
    grid = cells([[x] * 4 for x in axis], [axis] * 4, [[x + y for y in axis] for x in axis])

    def area(polygon: Any) -> float:
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*polygon, polygon[0]]))) / 2.0

    parts = [clipped(c, low, high) for c in grid for low, high in pairwise([-1.0, 0.5, 2.2, 4.0, 9.0])]
    assert sum(area(p) for p in parts if len(p) > 2) == pytest.approx(9.0)
    chains = lines(grid, 2.5)
    assert len(chains) == 1
    assert all(x + y == pytest.approx(2.5) for x, y in chains[0])
    assert len(chains[0]) == 6


def test_dots_lie_inside_the_limit_curves_and_use_the_map_once_for_each_cycle(held: Json) -> None:
    """Three panels, each with dots, none outside the panel."""
    vehicle = held["vehicles"][0]
    (axle, unit), *_ = vehicle["units"].items()
    svg = ET.fromstring(operation_maps(vehicle["cycles"], axle, unit, held["units"][unit], "opmap-0"))
    assert len(list(svg.iter("use"))) == 3
    for panel in svg.iter("g"):
        dots = [p.attrib["d"] for p in panel.iter("path") if p.attrib["class"] in ("op-m", "op-g")]
        assert dots
        for x, y in re.findall(r"M(\d+),(\d+)h0", "".join(dots)):
            assert 46 <= int(x) <= 378
            assert 26 <= int(y) <= 264
    symbol = map_symbol(held["units"][unit], "opmap-0")
    assert symbol.count("op-l") > 5
    assert len(symbol) < 60_000


def test_strip_merges_what_binds_on_end() -> None:
    """A limit that binds in two stretches in a row is one bar; two that bind together have a row each."""
    svg = launch_strip(
        [
            {"from_kph": 0.0, "to_kph": 50.0, "limit": "peak torque front"},
            {"from_kph": 50.0, "to_kph": 90.0, "limit": "peak torque front, battery discharge"},
        ],
        "Fern",
    )
    bars = re.findall(r"<title>([^<]+ km/h)</title>", svg)
    assert bars == ["Peak torque, front: 0–90 km/h", "Battery discharge: 50–90 km/h"]


def test_section_has_a_fold_for_each_vehicle_and_touched_limits_come_first(document: Json) -> None:
    """Sankeys for followed cycles, a warning for the other, maps, table and strip."""
    folds = [b for b in operation(document, Names.of(document)).blocks if isinstance(b, Fold)]
    assert len(folds) == len(document["programme"]["vehicles"])
    assert "touches" in folds[0].hint
    table = next(b for b in folds[0].blocks if isinstance(b, Table))
    seconds = [max(float(row[k].text) for k in (1, 4, 7)) for row in table.groups[0].rows]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[0] > 0
    missed = [b for f in folds for b in f.blocks if isinstance(b, Prose) and b.style == "warning"]
    assert len(missed) == 1
    assert all(sum(isinstance(b, Picture) for b in f.blocks) >= 4 for f in folds)


def test_documents_of_older_studies_are_drawn_without_the_section(document: Json) -> None:
    """No "operation", or none computed: the page stands, one section shorter."""
    del document["operation"]
    for older in (document, document | {"operation": None}):
        ids = [a["id"] for tag, a in read(render_report(older)).tags if tag == "section"]
        assert "operation" not in ids
        assert len(ids) == len(SECTIONS) - 1


def test_a_missing_flow_is_named_by_its_path(document: Json) -> None:
    """Flows may be null, but not in part."""
    del document["operation"]["vehicles"][0]["cycles"][0]["flows_wh_per_km"]["air"]
    with pytest.raises(ReportError, match=r"operation.vehicles\[0\].cycles\[0\].flows_wh_per_km.air is missing"):
        check(document)


def test_names_in_the_drawings_are_escaped(document: Json) -> None:
    """A cycle's or a limit's name that looks like markup is shown, not obeyed."""
    document["operation"]["vehicles"][0]["cycles"][0]["name"] = "<b>x</b>"
    document["operation"]["vehicles"][0]["launch"][0]["limit"] = "<b>y</b>"
    before, after = read(render_report(sample_document())), read(render_report(document))
    assert [tag for tag, _ in after.tags].count("b") == [tag for tag, _ in before.tags].count("b")


def test_many_vehicles_stay_small() -> None:
    """Sixteen vehicles with three cycles each add less than 2.5 MB."""
    document = sample_document(large=True)
    document["operation"] = sample_operation(
        document["programme"]["vehicles"], document["plans"]["reference"]["assignments"]
    )
    whole = len(render_report(document).encode())
    del document["operation"]
    assert whole - len(render_report(document).encode()) < 2_500_000
