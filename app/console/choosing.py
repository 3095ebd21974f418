"""What forms and addresses of pages share: a unit by code or name, pages of long lists, an uploaded file."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.datastructures import UploadFile

from app.core.collation import fold
from app.core.errors import Invalid, NotFound
from app.units.service import Unit, list_units

NAMED_AT_MOST = 5
LONGEST_PAGE = 6
LIST_PARTS = len(["", "console", "units"])


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a long list; addresses keep every other choice."""

    number: int
    count: int
    before: str
    after: str


def page_asked(request: Request) -> int:
    """The page the address asks for; the first where it says nothing sensible."""
    asked = request.query_params.get("page", "")
    return int(asked) if asked.isdecimal() and len(asked) < LONGEST_PAGE else 1


def pages_of(request: Request, *, page: int, total: int, rows: int) -> Pages:
    count = max(1, -(-total // rows))
    number = min(max(page, 1), count)
    return Pages(
        number,
        count,
        address_of(request, page=str(number - 1)) if number > 1 else "",
        address_of(request, page=str(number + 1)) if number < count else "",
    )


def address_of(request: Request, **changes: str) -> str:
    """This list again with changes, from its first page; a form sent to a part of it leads back to it."""
    kept = {name: value for name, value in request.query_params.items() if name != "page" and value}
    path = "/".join(request.url.path.split("/")[:LIST_PARTS])
    return f"{path}?{urlencode(kept | changes)}"


def unit_named(session: Session, given: str) -> Unit:
    """The unit of this code or name (marks may be left out). Raises: NotFound; Invalid where several fit."""
    found = list_units(session, search=given)
    exact = [unit for unit in found if unit.unit_code == given] or [
        unit for unit in found if fold(unit.name) == fold(given)
    ]
    chosen = exact or list(found)
    if not chosen:
        raise NotFound(
            "unit {unit} is not known", where="unit", remedy="see the list of units", unit=given[:80]
        )
    if len(chosen) > 1:
        raise Invalid(
            "{count} units are called {name}",
            where="unit",
            remedy="use the code: {codes}",
            count=len(chosen),
            name=given[:80],
            codes=", ".join(f"{unit.name} {unit.unit_code}" for unit in chosen[:NAMED_AT_MOST]),
        )
    return chosen[0]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody chose; its name is only ever shown."""

    name: str
    content: bytes


async def _uploads(request: Request) -> dict[str, Upload]:
    """The files of a posted form, by field; those that were chosen."""
    found = {}
    for name, given in (await request.form()).items():
        if isinstance(given, UploadFile):
            if given.filename:
                shown = given.filename.replace("\\", "/").rsplit("/", 1)[-1][:120]
                found[name] = Upload(shown, await given.read())
            await given.close()
    return found


UploadsDep = Annotated[dict[str, Upload], Depends(_uploads)]


async def _upload(uploads: UploadsDep) -> Upload | None:
    return uploads.get("file")


UploadDep = Annotated[Upload | None, Depends(_upload)]


def chosen_file(upload: Upload | None, where: str = "file") -> Upload:
    """Raises: Invalid where no file was chosen."""
    if upload is None:
        raise Invalid("no file was chosen", where=where, remedy="choose a file and send the form again")
    return upload
