"""Kernels compiled from older sources must not be what is tested."""

from __future__ import annotations

from pathlib import Path

import halfshaft.drive_unit.field as field

# numba's cache knows the file a kernel stands in, not the files of the kernels it calls.
_FOLDER = Path(field.__file__).parent
_COMPILED = ("lanes", "symbolic", "cholesky", "newton", "kernels")
_NEWEST = max((_FOLDER / f"{name}.py").stat().st_mtime for name in _COMPILED)
for _index in (_FOLDER / "__pycache__").glob("*.nbi"):
    if _index.stat().st_mtime < _NEWEST:
        _index.unlink(missing_ok=True)
