"""Magnetic fields in a machine's cross-section."""

from pathlib import Path

from halfshaft.drive_unit.kernel_cache import drop_stale_kernels

drop_stale_kernels(
    Path(__file__).with_name(f"{name}.py") for name in ("lanes", "symbolic", "cholesky", "newton", "kernels")
)
