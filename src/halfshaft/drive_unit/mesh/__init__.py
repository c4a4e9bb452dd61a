"""Meshes of a machine's sector."""

from pathlib import Path

from halfshaft.drive_unit.kernel_cache import drop_stale_kernels

drop_stale_kernels(Path(__file__).parent.glob("*.py"))
