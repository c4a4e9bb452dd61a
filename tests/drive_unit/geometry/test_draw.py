"""The picture says what the design says: areas, arcs, directions and signs are read back from the SVG itself."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from math import atan2, hypot, pi, sqrt

import pytest
from drawings import machine, one_pole, polar, published_machine

from halfshaft.drive_unit.geometry.design import Label, MachineDesign
from halfshaft.drive_unit.geometry.draw import draw_svg
from halfshaft.drive_unit.geometry.noding import centre_of
from halfshaft.drive_unit.geometry.planar import loop_area
from halfshaft.drive_unit.geometry.shapes import Edge

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def area_px2(path: str) -> float:
    """Area of SVG path data, by its own rules for arcs: radius, large-arc and sweep flag, y downwards."""
    edges: list[Edge] = []
    here = (0.0, 0.0)
    for step, text in re.findall(r"([MLA])([^MLAZ]*)", path):
        numbers = [float(n) for n in NUMBER.findall(text)]
        there = (numbers[-2], numbers[-1])
        if step == "L":
            edges.append(Edge(here, there))
        elif step == "A":
            # With y downwards sweep-flag 1 turns clockwise on the screen, which is positive in these coordinates.
            half = min(hypot(there[0] - here[0], there[1] - here[1]) / (2.0 * numbers[0]), 1.0)
            angle = 2.0 * atan2(half, sqrt(1.0 - half**2))
            sweep = angle if numbers[4] else -angle
            edges.append(Edge(here, there, centre_of(here, there, sweep), sweep))
        here = there
    return abs(loop_area(edges))


def titled(svg: str) -> list[tuple[str, str]]:
    """(title, path data) of every region."""
    root = ET.fromstring(svg)
    return [
        (title.text or "", path.attrib["d"])
        for path in root.iter(f"{SVG}path")
        if (title := path.find(f"{SVG}title")) is not None
    ]


@pytest.fixture
def design() -> MachineDesign:
    return machine(*one_pole())


def test_regions_keep_their_areas(design: MachineDesign) -> None:
    """Every solid region is there once, with an area in proportion to its own: arcs bulge the right way."""
    solids = {region.label.name: region for region in design.regions if region.label.kind != "air"}
    drawn = titled(draw_svg(design))
    assert sorted(title.split(",")[0] for title, _ in drawn) == sorted(solids)
    scales = [area_px2(path) / solids[title.split(",")[0]].area_m2 for title, path in drawn]
    assert min(scales) == pytest.approx(max(scales), rel=2e-3)


@pytest.mark.parametrize("name", ["Toyota_Prius", "Renault_Zoe", "BMW_i3", "Jaguar_I_Pace"])
def test_published_machines_are_drawn_whole(name: str) -> None:
    """Repeated around the circle, the picture shows every region of every pole, and fits its page."""
    _, design = published_machine(name)
    svg = draw_svg(design, whole=True, width_px=700)
    solids = [region for region in design.regions if region.label.kind != "air"]
    drawn = titled(svg)
    assert len(drawn) == design.sectors * len(solids)
    numbers = [
        float(n) for _, path in drawn for _, text in re.findall(r"([ML])([^MLAZ]*)", path) for n in NUMBER.findall(text)
    ]
    assert min(numbers) > 0.0
    assert float(ET.fromstring(svg).attrib["height"]) > max(numbers)


def test_magnets_point_along_their_remanence(design: MachineDesign) -> None:
    """In the upright sector the magnet of the pole points up, from south below to north above; reversed it points down."""
    for turn, sign in ((0.0, -1.0), (pi, 1.0)):
        regions = tuple(
            replace(r, label=replace(r.label, magnetisation_rad=r.label.magnetisation_rad + turn))
            if r.label.magnetisation_rad is not None
            else r
            for r in design.regions
        )
        root = ET.fromstring(draw_svg(replace(design, regions=regions)))
        gradient = next(root.iter(f"{SVG}linearGradient")).attrib
        run = [float(gradient[b]) - float(gradient[a]) for a, b in (("x1", "x2"), ("y1", "y2"))]
        assert run[1] / hypot(*run) == pytest.approx(sign, abs=1e-3)


def test_poles_alternate(design: MachineDesign) -> None:
    """Around the circle every second pole has its magnet and its currents the other way."""
    svg = draw_svg(design, whole=True)
    root = ET.fromstring(svg)
    outward = []
    size = float(root.attrib["width"])
    for gradient in root.iter(f"{SVG}linearGradient"):
        x, y, u, v = (float(gradient.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
        middle = (0.5 * (x + u) - size / 2, 0.5 * (y + v) - (84.0 + size / 2 - 28.0))
        outward.append((u - x) * middle[0] + (v - y) * middle[1] > 0.0)
    assert outward == [True, False, True, False]
    marks = [text.text for text in root.iter(f"{SVG}text") if text.text in ("A+", "A−")]
    assert marks == ["A+", "A−", "A+", "A−"]


def test_annotations_can_be_left_out_and_names_are_escaped(design: MachineDesign) -> None:
    """Without annotations only current marks are text; a name with signs of markup stays a name."""
    odd = replace(design, name='R&D <prototype> "7"')
    root = ET.fromstring(draw_svg(odd))
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert words[3] == odd.name
    assert "gap 1 mm" in words[4]
    assert "1 of 4 poles drawn" in words[4]
    bare = [text.text for text in ET.fromstring(draw_svg(odd, annotate=False)).iter(f"{SVG}text")]
    assert bare == words[:3]


def test_scale_bar_is_true(design: MachineDesign) -> None:
    """The bar is as long as it says, measured against the outer arc's radius in the same picture."""
    svg = draw_svg(design)
    words = next(re.finditer(r">(\d+(?:\.\d+)?) mm</text>", svg))
    bar = float(next(re.finditer(r"v5h(\d+\.\d+)v-5", svg)).group(1))
    radius = max(float(r) for r in re.findall(r"A(\d+\.\d+) ", svg))
    assert bar / float(words.group(1)) == pytest.approx(radius / 70.0, rel=1e-3)


def test_seams_in_the_iron_are_not_outlined(design: MachineDesign) -> None:
    """A line drawn from a slot's bottom through the yoke parts the iron's face, not its picture."""
    edges, labels = one_pole()
    cuts = [Edge(polar(60e-3, angle), polar(70e-3, angle)) for angle in (pi / 12, pi / 4)]
    pieces = [Label(polar(65e-3, angle), f"piece {angle}", "iron", "steel") for angle in (0.1, pi / 6, pi / 3)]
    cut = machine(edges + cuts, [*labels[1:], *pieces])
    assert len(cut.regions) > len(design.regions)
    outlined = [
        path.attrib["d"]
        for picture in (design, cut)
        for path in paths(draw_svg(picture))
        if "stroke-linecap" in path.attrib
    ]
    assert outlined[1].count("L") == outlined[0].count("L")


def paths(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}path"))
