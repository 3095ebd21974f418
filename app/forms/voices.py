"""Recorded voices of a form's questions: files that an office lays into its home, read aloud by kiosks.

`voices/<form code>/<language>/<item code>.mp3` (or .ogg, .m4a, .wav), in any language of the form; a file
that is there is played instead of the device's own voice. They travel inside the kiosk's screens, so they are
there without a network.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.core.config import settings
from app.core.errors import Invalid, Problem

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
    return [
        (language, path.name, path.stat().st_size)
        for language in form.languages
        for path in _files(form.code, language)
    ]


def check_voices(form: Any) -> None:
    """Raises: Invalid with all that belongs to no language or question, is of no known kind or too much."""
    problems = list(_strays(form))
    total = 0
    for language in form.languages:
        for path in _files(form.code, language):
            problems += _problems(form, language, path)
            total += path.stat().st_size
    if total > MOST_BYTES:
        problems.append(
            Problem(
                f"{FOLDER}/{form.code}",
                "the recordings take {bytes} bytes, more than {most}",
                "record them shorter, in mono",
                {"bytes": total, "most": MOST_BYTES},
            )
        )
    if problems:
        raise Invalid(
            "{file} has {count} mistakes",
            where=f"{FOLDER}/{form.code}",
            problems=problems,
            file=f"{FOLDER}/{form.code}",
            count=len(problems),
        )


def _strays(form: Any) -> Iterator[Problem]:
    """What lies beside the folders of the form's languages and would never be played."""
    for path in _visible(_folder(form.code)):
        if path.name not in form.languages or not path.is_dir():
            yield Problem(
                f"{FOLDER}/{form.code}/{path.name}",
                "{value} is not the folder of a language of the form",
                "lay recordings into the folders: {allowed}",
                {"value": path.name, "allowed": ", ".join(form.languages)},
            )


def _problems(form: Any, language: str, path: Path) -> Iterator[Problem]:
    where = f"{FOLDER}/{form.code}/{language}/{path.name}"
    if path.suffix not in MEDIA_TYPES or not path.is_file():
        yield Problem(
            where, "the file is of no kind that kiosks play", "record it as .mp3, .ogg, .m4a or .wav"
        )
    elif path.stem not in {item.code for item in form.items}:
        yield Problem(
            where, "the form has no question of this name", "name the file after the code of a question"
        )


def _files(form_code: str, language: str) -> Iterator[Path]:
    return _visible(_folder(form_code) / language)


def _folder(form_code: str) -> Path:
    return settings().home / FOLDER / form_code


def _visible(folder: Path) -> Iterator[Path]:
    """Everything in it but what begins with a dot, which systems and editors leave behind."""
    return (path for path in sorted(folder.glob("*")) if not path.name.startswith("."))
