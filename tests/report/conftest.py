"""Documents and pages that the report's tests share."""

from __future__ import annotations

from typing import Any

import pytest
from sample_document import sample_document

from halfshaft.report import render_report


@pytest.fixture
def document() -> dict[str, Any]:
    """A fresh small document that a test may change."""
    return sample_document()


@pytest.fixture(scope="session")
def page() -> str:
    """The page of the unchanged small document."""
    return render_report(sample_document())
