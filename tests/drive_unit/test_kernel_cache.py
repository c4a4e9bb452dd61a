"""Kernels compiled before a source was changed are dropped, others kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from halfshaft.drive_unit import kernel_cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("inner.py", "outer.py"):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1000, 1000))
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("outer.solve-1.py311.nbi", "inner.step-1.py311.nbi", "other.f-1.py311.nbi"):
        (cache / name).write_bytes(b"x")
        os.utime(cache / name, (2000, 2000))
    monkeypatch.setattr(kernel_cache, "_cache_folder", lambda _: cache)
    return tmp_path


def test_nothing_is_dropped_while_all_kernels_are_younger_than_all_sources(folder: Path) -> None:
    assert kernel_cache.drop_stale_kernels([folder / "inner.py", folder / "outer.py"]) == 0


def test_a_changed_callee_drops_its_callers_kernels_too(folder: Path) -> None:
    os.utime(folder / "inner.py", (3000, 3000))
    assert kernel_cache.drop_stale_kernels([folder / "inner.py", folder / "outer.py"]) == 2
    assert [p.name for p in (folder / "cache").iterdir()] == ["other.f-1.py311.nbi"]


def test_numbas_own_locator_is_asked_for_the_folder(tmp_path: Path) -> None:
    source = tmp_path / "kernels.py"
    source.write_text("")
    found = kernel_cache._cache_folder(source)
    assert found is not None
    assert found.name
