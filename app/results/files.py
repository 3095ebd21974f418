"""A file of results on somebody's disk: whole or not at all."""

import os
from pathlib import Path

from app.core.errors import Invalid


def format_of(path: Path, known: tuple[str, ...]) -> str:
    """The format a file's name asks for. Raises: Invalid."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in known:
        raise Invalid(
            "the name {value} does not say which format to write",
            where="out",
            remedy="end it in one of: {known}",
            value=repr(path.name),
            known=", ".join(f".{word}" for word in known),
        )
    return kind


def check_writable(path: Path) -> None:
    """Find out before an hour of work, not after. Raises: Invalid."""
    folder = path.parent
    if path.is_dir():
        raise _unwritable(path, "it is a folder")
    if not folder.is_dir():
        raise _unwritable(path, f"there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise _unwritable(path, f"the folder {folder} is read-only")


def write_whole(path: Path, content: bytes) -> None:
    """Beside it first, then renamed: nobody ever finds half a file. Raises: Invalid."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _unwritable(path, error.strerror or type(error).__name__) from error


def _unwritable(path: Path, reason: str) -> Invalid:
    return Invalid(
        "the file {path} cannot be written: {reason}",
        where="out",
        remedy="choose another folder or name",
        path=str(path),
        reason=reason,
    )
