"""What a kiosk keeps to start without the network: its pages, modules, styles, pictures and fonts."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from app.core.pages import STATIC

TEMPLATES = STATIC.parent / "templates"
PAGES = ("/kiosk", "/kiosk/enrol", "/kiosk/queue")
PAGE_TEMPLATES = ("citizen", "pictures", "questions", "kiosk", "kiosk_enrol", "kiosk_queue", "kiosk_screens")
WORKER = STATIC / "sw.js"
MANIFEST = STATIC / "kiosk.webmanifest"
STYLES = ("tokens.css", "survey.css", "kiosk.css")
NOT_OF_THE_KIOSK = frozenset({"answer.mjs", "resume.mjs"})
VERSION_LENGTH = 12


@lru_cache(maxsize=1)
def files() -> dict[str, str]:
    """SHA-256 by address of every file the worker keeps: it takes a new version whole or not at all."""
    return {f"/static/{path.relative_to(STATIC)}": _sha256(path) for path in _paths()}


@lru_cache(maxsize=1)
def version() -> str:
    """Changes whenever anything a kiosk keeps changes."""
    told = [*files().items(), *((name, _sha256(TEMPLATES / f"{name}.html")) for name in PAGE_TEMPLATES)]
    words = _sha256(Path(__file__).with_name("vi.po"))
    return hashlib.sha256(json.dumps([told, words, _sha256(WORKER)]).encode()).hexdigest()[:VERSION_LENGTH]


@lru_cache(maxsize=1)
def worker() -> str:
    """The service worker with its version and its list of files."""
    known = {"version": version(), "pages": PAGES, "files": files()}
    return f"const KIOSK = {json.dumps(known)};\n{WORKER.read_text(encoding='utf-8')}"


def _paths() -> list[Path]:
    modules = [path for path in STATIC.glob("*.mjs") if path.name not in NOT_OF_THE_KIOSK]
    pictures = [STATIC / "icon.svg", STATIC / "tick.svg", *STATIC.glob("icon-*.png"), MANIFEST]
    fonts = STATIC.glob("fonts/*.woff2")
    return sorted([*modules, *pictures, *fonts, *(STATIC / name for name in STYLES)])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
