"""A file on somebody's disk: read, or found out to be writable before the work, then whole or not at all."""

import errno
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.core.errors import Invalid, NotFound, Said

REASONS = {
    errno.EACCES: "you have no right to write there",
    errno.EPERM: "you have no right to write there",
    errno.EROFS: "that disk may only be read",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk space you may use is full",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "its folder is a file",
    errno.ENOENT: "there is no folder {folder}",
    errno.EEXIST: "something else has this name",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EIO: "the disk does not answer as it should",
}
OTHER_REASON = "the system says: {told}"


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


def check_format(kind: str, known: Collection[str]) -> None:
    """Raises: Invalid, naming the formats there are."""
    if kind not in known:
        raise Invalid(
            "the format {value} is not known",
            where="format",
            remedy="use one of: {known}",
            value=repr(kind),
            known=", ".join(known),
        )


def read_whole(path: Path) -> bytes:
    """The file's bytes. Raises: NotFound."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(
            "file {file} cannot be read",
            where=str(path),
            remedy="check the path and the rights",
            file=path.name,
        ) from error


def check_writable(path: Path, *, option: str = "out") -> None:
    """Find out before an hour of work, not after: a file is made there and taken away. Raises: Invalid."""
    probe = _beside(path)
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EISDIR if path.is_dir() else errno.EEXIST, "")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise unwritable(path, error, option=option) from error


def write_whole(path: Path, content: bytes, *, option: str = "out") -> None:
    """The file with this content, or the file as it was. Raises: Invalid."""
    with written_whole(path, option=option) as beside:
        beside.write_bytes(content)


@contextmanager
def written_whole(
    path: Path, *, option: str = "out", failures: tuple[type[Exception], ...] = ()
) -> Iterator[Path]:
    """A name to write at: beside the path, renamed when the block ends well. Nobody ever finds half a file.

    `failures` are what a writer of its own raises where others raise OSError. Raises: Invalid.
    """
    beside = _beside(path)
    told: tuple[type[Exception], ...] = (OSError, *failures)
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except told as error:
        if not _is_about(error, beside):
            raise
        raise unwritable(path, error, option=option) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _is_about(error: Exception, path: Path) -> bool:
    """Whether it is this file that made the trouble, and not one that was read for it."""
    if isinstance(error, OSError):
        return error.filename is None or Path(os.fsdecode(error.filename)) == path
    return path.name in str(error)


def make_folder(path: Path, *, option: str = "out") -> None:
    """The folder, made where it is not there yet. Raises: Invalid."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error, option=option) from error


def reason_of(error: Exception, path: Path) -> Said:
    """Why the system refused, in words."""
    number = error.errno if isinstance(error, OSError) else _number_in(str(error))
    if number in REASONS:
        return Said(REASONS[number], folder=path.parent)
    told = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
    return Said(OTHER_REASON, told=told)


def _number_in(text: str) -> int | None:
    """Other languages' libraries repeat what the system says."""
    return next((number for number in REASONS if os.strerror(number) in text), None)


def unwritable(path: Path, error: Exception, *, option: str = "out") -> Invalid:
    """The refusal of a file that cannot be written."""
    return Invalid(
        "the file {path} cannot be written: {reason}",
        where=option,
        remedy="choose another folder or name",
        path=str(path),
        reason=reason_of(error, path),
    )


def _beside(path: Path) -> Path:
    """The suffix stays: some writers take the format from it."""
    return path.parent / f".{secrets.token_hex(4)}.part{path.suffix}"
