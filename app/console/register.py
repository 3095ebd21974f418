"""What the pages of the register share: the report of a file, as a page shows it."""

from dataclasses import dataclass

from fastapi import Request

from app.units.imports import Imported


@dataclass(frozen=True, slots=True)
class Report:
    """What a file did, or would do."""

    name: str
    inserted: int
    updated: int
    unchanged: int
    is_stored: bool

    @classmethod
    def of(cls, done: Imported, name: str, *, is_stored: bool) -> "Report":
        return cls(name, done.inserted, done.updated, done.unchanged, is_stored)


def report_of(request: Request) -> Report | None:
    """The report the address carries after a file was stored."""
    asked = request.query_params
    name = asked.get("stored", "")
    counts = [asked.get(word, "")[:9] for word in ("inserted", "updated", "unchanged")]
    if not name or not all(count.isdecimal() for count in counts):
        return None
    inserted, updated, unchanged = map(int, counts)
    return Report(name[:120], inserted, updated, unchanged, is_stored=True)
