"""Which code computed a run: the version, and a hash of the sources that settle figures."""

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("analysis", "app/results", "survey_forms")
HASH_LENGTH = 12


@lru_cache(maxsize=1)
def code_version() -> str:
    """`0.1.0+3f2a…`: the same text, the same figures."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{_release()}+{digest.hexdigest()[:HASH_LENGTH]}"


def _release() -> str:
    try:
        return version("sipas")
    except PackageNotFoundError:
        return "0"
