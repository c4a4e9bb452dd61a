"""Stage results on disk: JSON for the structure, npz for the arrays, nothing that can run code.

Results are trees of frozen dataclasses, tuples, mappings and arrays. The codec writes which dataclass a node is and reads back only
dataclasses of this package, so a file from elsewhere can be wrong but cannot be dangerous; pickle could.
"""

from __future__ import annotations

import dataclasses
import importlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

_PACKAGE = "halfshaft."


class CodecError(ValueError):
    """Bytes that are no stored result of this package."""


def encode(value: Any) -> bytes:
    """Bytes of a result: the same value always gives the same bytes. Raises TypeError for a type that has no place in a result."""
    arrays: list[np.ndarray[Any, Any]] = []
    tree = _encode(value, arrays)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        _write(archive, "tree.json", json.dumps(tree, separators=(",", ":"), allow_nan=False).encode())
        for index, array in enumerate(arrays):
            data = io.BytesIO()
            np.save(data, array, allow_pickle=False)
            _write(archive, f"{index}.npy", data.getvalue())
    return buffer.getvalue()


def decode(data: bytes) -> Any:
    """The result that `encode` wrote. Raises CodecError when the bytes are something else or are damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            tree = json.loads(archive.read("tree.json"))
            arrays = {}
            for name in archive.namelist():
                if name.endswith(".npy"):
                    arrays[int(name[:-4])] = np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
        return _decode(tree, arrays)
    except CodecError:
        raise
    except Exception as error:
        raise CodecError(f"not a stored result: {error}") from error


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A fixed date: otherwise equal results would differ by when they were written.
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 1)


def _encode(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.generic):
        return _encode(value.item(), arrays)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, np.ndarray):
        arrays.append(np.ascontiguousarray(value))
        return {"$array": len(arrays) - 1}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        fields = {f.name: _encode(getattr(value, f.name), arrays) for f in dataclasses.fields(value) if f.init}
        return {"$type": f"{kind.__module__}:{kind.__qualname__}", "fields": fields}
    if isinstance(value, tuple | list | range):
        return {"$tuple": [_encode(item, arrays) for item in value]}
    if isinstance(value, frozenset):
        return {"$set": [_encode(item, arrays) for item in sorted(value)]}
    if isinstance(value, Mapping):
        return {"$map": [[_encode(key, arrays), _encode(item, arrays)] for key, item in value.items()]}
    raise TypeError(f"a stage result cannot hold {type(value).__name__}")


def _decode(node: Any, arrays: Mapping[int, Any]) -> Any:
    if not isinstance(node, dict):
        return node
    if "$float" in node:
        return float(node["$float"])
    if "$array" in node:
        return arrays[node["$array"]]
    if "$tuple" in node:
        return tuple(_decode(item, arrays) for item in node["$tuple"])
    if "$set" in node:
        return frozenset(_decode(item, arrays) for item in node["$set"])
    if "$map" in node:
        return {_decode(key, arrays): _decode(item, arrays) for key, item in node["$map"]}
    kind = _dataclass(node["$type"])
    return kind(**{name: _decode(item, arrays) for name, item in node["fields"].items()})


def _dataclass(name: str) -> Any:
    module, _, qualified = name.partition(":")
    if not module.startswith(_PACKAGE):
        raise CodecError(f"{name} is no type of this package")
    kind = getattr(importlib.import_module(module), qualified, None)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise CodecError(f"{name} is no result type of this package")
    return kind
