"""Lets the sweep's tests use the machine on a polar grid that the field's tests made."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "field"))
