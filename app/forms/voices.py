"""Recorded voices of a form's questions: files that an office lays into its home, read aloud by kiosks.

`voices/<form code>/<language>/<item code>.mp3` (or .ogg, .m4a, .wav); a file that is there is played instead
of the device's own voice. They travel inside the kiosk's screens, so they are there without a network.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.core.config import settings
from app.core.errors import Invalid, Problem
from app.core.language import LANGUAGES

FOLDER = "voices"
MEDIA_TYPES = {".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".wav": "audio/wav"}
MOST_BYTES = 400_000


def voices_of(form: Any, language: str) -> Mapping[str, str]:
    """Item code -> the recording as an address of its own (`data:`). Raises: Invalid, see `check_voices`."""
    check_voices(form)
    return {
        path.stem: f"data:{MEDIA_TYPES[path.suffix]};base64,{b64encode(path.read_bytes()).decode()}"
        for path in _files(form.code, language)
    }


def list_voices(form: Any) -> list[tuple[str, str, int]]:
    """Language, file and bytes of every recording. Raises: Invalid, see `check_voices`."""
    check_voices(form)
    return [(code, path.name, path.stat().st_size) for code in LANGUAGES for path in _files(form.code, code)]


def check_voices(form: Any) -> None:
    """Raises: Invalid with every file that belongs to no question, is of no known kind, or is too much."""
    known, problems, total = {item.code for item in form.items}, [], 0
    for language in LANGUAGES:
        for path in _files(form.code, language):
            where = f"{FOLDER}/{form.code}/{language}/{path.name}"
            total += path.stat().st_size
            if path.suffix not in MEDIA_TYPES:
                remedy = "record it as .mp3, .ogg, .m4a or .wav"
                problems.append(Problem(where, "the file is of no kind that kiosks play", remedy))
            elif path.stem not in known:
                remedy = "name the file after the code of a question"
                problems.append(Problem(where, "the form has no question of this name", remedy))
    if total > MOST_BYTES:
        message, remedy = (
            "the recordings take {bytes} bytes, more than {most}",
            "record them shorter, in mono",
        )
        told = {"bytes": total, "most": MOST_BYTES}
        problems.append(Problem(f"{FOLDER}/{form.code}", message, remedy, told))
    if problems:
        raise Invalid(
            "{file} has {count} mistakes",
            where=f"{FOLDER}/{form.code}",
            problems=problems,
            file=f"{FOLDER}/{form.code}",
            count=len(problems),
        )


def _files(form_code: str, language: str) -> Iterator[Path]:
    folder = settings().home / FOLDER / form_code / language
    return (path for path in sorted(folder.glob("*")) if path.is_file() and not path.name.startswith("."))
