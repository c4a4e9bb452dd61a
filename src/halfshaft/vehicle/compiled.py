"""How this room's loops are compiled: cached on disk, without the interpreter's lock, and without reference counts.

The loops look at rows of arrays that the caller holds, millions of times a second. Counting each look costs more than the arithmetic
(measured: five times the whole), so counting is off; then nothing may be allocated inside, and the compiler refuses code that does.

numba's cache asks only whether the file of a loop has changed, not those of the loops that it calls and has built in. Here all of them
are asked, by their content: a stale loop would be a silently wrong answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import resources
from typing import Any

from numba import njit

_LOOPS = ("engine.py", "lone.py", "split.py", "tables.py")


def _content() -> str:
    folder = resources.files("halfshaft.vehicle")
    digest = hashlib.sha256()
    for name in _LOOPS:
        digest.update(folder.joinpath(name).read_bytes())
    return digest.hexdigest()


_CONTENT = _content()


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Decorator of a compiled loop; `options` are numba's."""
    if function is None:
        return lambda loop: kernel(loop, **options)
    loop = njit(cache=True, nogil=True, error_model="numpy", _nrt=False, **options)(function)
    index = getattr(getattr(loop, "_cache", None), "_cache_file", None)
    if index is not None:  # numba's own stamp, and ours
        index._source_stamp = (index._source_stamp, _CONTENT)
    return loop
