"""The page: checks the document, builds every section, and turns them into one HTML file that needs nothing else.

Style, script and chart library are inlined; a content policy in the page forbids any request. Charts travel as JSON in script elements that
are not executed, and are drawn when they come into view.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from halfshaft.report.blocks import Section, charts_in
from halfshaft.report.charts import to_json
from halfshaft.report.contract import check
from halfshaft.report.names import JOINT_COLOUR, Names
from halfshaft.report.section_adoption import adoption
from halfshaft.report.section_answer import answer
from halfshaft.report.section_family import family
from halfshaft.report.section_launches import has_launches, launches
from halfshaft.report.section_money import money
from halfshaft.report.section_negotiation import negotiation
from halfshaft.report.section_operation import operation
from halfshaft.report.section_overlap import overlap
from halfshaft.report.section_production import production
from halfshaft.report.section_purchase import purchase
from halfshaft.report.section_run import run
from halfshaft.report.section_sources import sources
from halfshaft.report.section_split import split
from halfshaft.report.section_units import units
from halfshaft.report.section_vehicles import vehicles

_SECTIONS = (
    answer, family, launches, units, vehicles, operation, overlap, negotiation, purchase, production, money, adoption, split, sources, run,
)  # fmt: skip


def render_report(document: Mapping[str, Any]) -> str:
    """The self-contained HTML report of a finished study.

    `document` is what `study.json` holds. Raises ReportError when its schema is another one or something that the page needs is missing.
    """
    check(document)
    names = Names.of(document)
    found = sections(document, names)
    environment = Environment(
        loader=DictLoader({name: _asset(name) for name in ("page.html", "blocks.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        programme=document["programme"],
        version=document["halfshaft"],
        sections=found,
        partners=[{"id": p, "name": names.partner(p), "colour": names.colour(p)} for p in names.everyone],
        joint_colour=JOINT_COLOUR,
        css=_style(),
        library=_script("plotly-cartesian.min.js"),
        script=_script("report.js"),
        charts=[(chart.id, to_json(chart.figure)) for s in found for chart in charts_in(s.blocks)],
        colour=names.colour,
    )


def sections(document: Mapping[str, Any], names: Names) -> tuple[Section, ...]:
    """All sections in reading order, from a document that has been checked."""
    absent = set()
    if document.get("operation") is None:
        absent.add(operation)
    if document.get("adoption") is None:
        absent.add(adoption)
    if not has_launches(document):
        absent.add(launches)
    return tuple(section(document, names) for section in _SECTIONS if section not in absent)


def _asset(name: str) -> str:
    return resources.files("halfshaft.report").joinpath("assets", name).read_text(encoding="utf-8")


def _style() -> str:
    return _asset("report.css").replace("</", "<\\/")


def _script(name: str) -> str:
    """A script's text, safe inside a script element: neither an end tag nor a comment may open in it."""
    return _asset(name).replace("</script", "<\\/script").replace("<!--", "<\\!--")
