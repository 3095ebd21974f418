"""Commands as people type them."""

import sys
from collections.abc import Callable, Iterator

import pytest

from app import cli
from app.core.config import settings

Ended = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sipas(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Ended]:
    """How a command ends, and what it says: code, out, err."""

    def run(*words: object, **variables: str) -> tuple[int, str, str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["sipas", *map(str, words)])
        settings.cache_clear()
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out, said.err

    yield run
    settings.cache_clear()
