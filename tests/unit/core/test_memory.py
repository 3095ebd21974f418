"""Loaded libraries are not looked through again and again; nothing stays behind a server that ended."""

import gc
import sys
from types import ModuleType

import pytest

from app.core.memory import NEW_MODULES, libraries_aside


def load_libraries(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for number in range(NEW_MODULES):
        monkeypatch.setitem(sys.modules, f"{name}_{number}", ModuleType(name))


def test_what_is_loaded_is_put_aside_once_and_again_only_after_more_was_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with libraries_aside():
        assert gc.get_freeze_count() == 0
        gc.collect()
        first = gc.get_freeze_count()
        assert first > 0
        kept = [[] for _ in range(1000)]
        gc.collect()
        assert gc.get_freeze_count() <= first
        load_libraries(monkeypatch, "more")
        gc.collect()
        assert gc.get_freeze_count() > first
        assert len(kept) == 1000
    assert gc.get_freeze_count() == 0
