"""Which edition a file came from that holds no rows to compare: a report, a file of responses, a picture.

Its id stands in the file itself or in its name, or the trail knows the file by its hash.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from sqlmodel import Session, col, select

from app.accounts.tables import AuditEntry
from app.core.errors import NotFound
from app.results.editions import get_edition, newest
from app.results.tables import Edition

MOST_BYTES = 64 * 2**20
UNSEEN = "\u200b"
TAGS = re.compile(r"<[^>]*>")
IDS = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
BEGINNINGS = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?![0-9a-f])")


def edition_named(session: Session, given: str) -> Edition:
    """The edition of this id, or the one that holds the run of this id. Raises: NotFound."""
    wanted = "".join(given.replace(UNSEEN, "").split())
    try:
        return get_edition(session, wanted)
    except NotFound:
        found = edition_of_run(session, wanted)
        if found is None:
            raise
        return found


def edition_of_run(session: Session, run_id: str) -> Edition | None:
    """The edition that holds the run; a run may stand in several, the newest is as good."""
    every = session.exec(select(Edition).order_by(col(Edition.created_at).desc()))
    return next((edition for edition in every if run_id in edition.tables.values()), None)


def edition_behind(session: Session, path: Path) -> Edition | None:
    """The edition a file of any kind came from, where that can be told."""
    named = dict.fromkeys(word for text in _texts(path) for word in IDS.findall(text))
    for found in named:
        edition = session.get(Edition, found) or edition_of_run(session, found)
        if edition is not None:
            return edition
    for begun in BEGINNINGS.findall(path.stem):
        fitting = session.exec(select(Edition).where(col(Edition.edition_id).startswith(begun))).all()
        if len(fitting) == 1:
            return fitting[0]
    return _taken(session, path)


def _texts(path: Path) -> Iterator[str]:
    """What can be read in a file, also in the parts of a packed one."""
    if path.stat().st_size > MOST_BYTES:
        return
    try:
        with ZipFile(path) as packed:
            parts = [one for one in packed.infolist() if one.file_size <= MOST_BYTES]
            for part in parts:
                yield _plain(packed.read(part))
    except (BadZipFile, RuntimeError, NotImplementedError, OSError):
        yield _plain(path.read_bytes())


def _plain(content: bytes) -> str:
    return TAGS.sub(" ", content.decode("utf-8", "ignore").replace(UNSEEN, ""))


def _taken(session: Session, path: Path) -> Edition | None:
    """By the hash the trail keeps of every file that was taken: of an edition, or of a round's responses."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    entries = session.exec(select(AuditEntry).where(col(AuditEntry.action).startswith("export_")))
    targets = [entry.target for entry in entries if entry.detail.get("sha256") == digest]
    if not targets:
        return None
    first = targets[-1].split(" ")[0]
    return session.get(Edition, first) or newest(session, first)
