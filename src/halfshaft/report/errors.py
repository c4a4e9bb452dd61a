"""What stops a report: a document that is not a finished study."""

from __future__ import annotations


class ReportError(Exception):
    """The document cannot be drawn; the message says what is missing or wrong, and what to do."""
