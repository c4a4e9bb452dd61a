"""Compiled kernels never outlive the sources they were made of.

numba's disk cache knows the file in which a kernel stands, not the files of the kernels that it calls and that were compiled into it. So
each folder with kernels calls this before any of them loads: whatever was compiled before the folder's newest source is dropped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from numba.core.caching import CacheImpl


def drop_stale_kernels(source_files: Iterable[str | Path]) -> int:
    """Remove the cache indices of kernels in these files that are older than the newest of them; how many were removed."""
    sources = [Path(file) for file in source_files]
    newest = max(source.stat().st_mtime for source in sources)
    removed = 0
    for source in sources:
        folder = _cache_folder(source)
        for index in folder.glob(f"{source.stem}.*.nbi") if folder is not None else ():
            with contextlib.suppress(OSError):
                if index.stat().st_mtime < newest:
                    index.unlink()
                    removed += 1
    return removed


def _cache_folder(source: Path) -> Path | None:
    """Where numba keeps what it compiles of a file, asked of numba's own locators; None where it would keep nothing."""

    def probe() -> None:
        """Stands for a kernel of the file."""

    for locator in CacheImpl._locator_classes:
        with contextlib.suppress(Exception):
            found = locator.from_function(probe, str(source))
            if found is not None:
                return Path(found.get_cache_path())
    return None
