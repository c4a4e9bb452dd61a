"""Finished results, kept by the hash of what went into them.

A key is the sha256 of a canonical text of the stage, its code version and its input; the value is the encoded result. An entry appears by
one rename, so it is there whole or not at all: a run killed at any moment leaves only whole entries, and the next run goes on from them.
A damaged entry counts as absent.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

import halfshaft
from halfshaft.study.codec import CodecError, decode, encode


def key_of(stage: str, *inputs: Any) -> str:
    """The key of a stage's result for given inputs (dataclasses, pydantic models, numbers, texts, collections and arrays)."""
    text = json.dumps(
        [stage, code_version(), [_canonical(item) for item in inputs]], sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class Store:
    """A folder of results. Several processes may read and write it at once."""

    folder: Path

    def get(self, key: str) -> Any:
        """The result under `key`, or None."""
        try:
            return decode(self._path(key).read_bytes())
        except (FileNotFoundError, CodecError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Keep a result."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, encode(value))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is either the old one or the new one, never a part."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


@functools.cache
def _umask() -> int:
    """The process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@functools.cache
def code_version() -> str:
    """A hash of the package's own source: a result never outlives the code that made it."""
    digest = hashlib.sha256()
    root = Path(halfshaft.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] in ("cli", "server", "report"):
            continue
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _canonical(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return repr(float(value))  # numpy's float is a float, but writes itself otherwise
    if isinstance(value, np.generic):
        return _canonical(value.item())
    if isinstance(value, np.ndarray):
        return [str(value.dtype), list(value.shape), hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    if isinstance(value, BaseModel):
        return [type(value).__name__, {name: _canonical(getattr(value, name)) for name in type(value).model_fields}]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, {f.name: _canonical(getattr(value, f.name)) for f in dataclasses.fields(value)}]
    if isinstance(value, Mapping):
        return sorted([json.dumps(_canonical(key)), _canonical(item)] for key, item in value.items())
    if isinstance(value, frozenset | set):
        return sorted(json.dumps(_canonical(item)) for item in value)
    if isinstance(value, tuple | list | range):
        return [_canonical(item) for item in value]
    raise TypeError(f"cannot make a key from {type(value).__name__}")
