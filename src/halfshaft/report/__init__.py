"""The report of a finished study: one self-contained HTML page that draws the document and computes nothing."""

from halfshaft.report.errors import ReportError
from halfshaft.report.page import render_report

__all__ = ["ReportError", "render_report"]
