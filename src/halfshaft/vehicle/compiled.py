"""How this room's loops are compiled: cached on disk, without the interpreter's lock, and without reference counts.

The loops look at rows of arrays that the caller holds, millions of times a second. Counting each look costs more than the arithmetic
(measured: five times the whole), so counting is off; then nothing may be allocated inside, and the compiler refuses code that does.
"""

from __future__ import annotations

from numba import njit

kernel = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
kernel_inline = njit(cache=True, nogil=True, error_model="numpy", _nrt=False, inline="always")
