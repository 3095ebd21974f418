"""Files people bring into the register: only checked, or stored whole; every mistake with its line."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from sqlmodel import Session

from app.accounts.actors import Actor
from app.accounts.dependencies import StaffDep, require, require_somewhere
from app.accounts.service import record_audit
from app.console import services, units, volumes
from app.console.choosing import Upload, UploadDep, chosen_file
from app.console.register import Report
from app.console.telling import FieldsDep
from app.core.database import SessionDep
from app.core.errors import NotFound, Problem, SurveyError
from app.core.tabular import Row, read_rows, refused
from app.units import imports, shipped
from app.units.imports import FileKind, Imported
from app.units.service import known_units

router = APIRouter()
ROLE = "operator"
Page = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file and the page it belongs to."""

    file: FileKind
    address: str
    page: Page


KINDS = {
    "units": Kind(imports.UNITS, units.UNITS, units.page),
    "services": Kind(imports.SERVICES, services.SERVICES, services.page),
    "volumes": Kind(imports.VOLUMES, volumes.VOLUMES, volumes.page),
}


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound("there is nothing at this address")
    return KINDS[name]


@router.get("/console/{name}/template.csv")
def download_template(name: str, actor: StaffDep) -> Response:
    """The line that names the columns, as a file to fill in."""
    require_somewhere(actor, "viewer")
    columns = _kind(name).file.columns
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return PlainTextResponse(
        "\ufeff" + ",".join(columns.known) + "\n", headers=headers, media_type="text/csv; charset=utf-8"
    )


@router.post("/console/{name}/import")
def import_file(
    name: str, request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep, upload: UploadDep
) -> Response:
    kind = _kind(name)
    require_somewhere(actor, ROLE)
    only_checked = fields.get("store", "") != "store"
    try:
        file = chosen_file(upload)
        done = _store(session, actor, name, kind=kind, file=file)
    except SurveyError as error:
        session.rollback()
        return kind.page(request, actor, session, error=error)
    if only_checked:
        session.rollback()
        return kind.page(request, actor, session, report=Report.of(done, file.name, is_stored=False))
    record_audit(session, actor, f"{name} imported", file.name, **_counts(done))
    return _stored(kind.address, done, file.name)


def _store(session: Session, actor: Actor, name: str, *, kind: Kind, file: Upload) -> Imported:
    """Units and services belong to everybody; that is settled before a file is opened. Raises: Forbidden."""
    is_of_units = name == "volumes"
    if not is_of_units:
        require(actor, ROLE)
    rows = read_rows(file.content, file.name, kind.file.columns)
    if is_of_units:
        _require_units_of(session, actor, rows, file.name)
    return kind.file.store(session, rows, file.name)


def _require_units_of(session: Session, actor: Actor, rows: list[Row], name: str) -> None:
    """Volumes of a unit are brought by those who operate it."""
    paths = {u.unit_code: u.path for u in known_units(session, {row.cells["unit_code"] for row in rows})}
    strange = [
        Problem(
            f"{name}:{row.line}:unit_code",
            "unit {value} is not yours to operate",
            "leave the line out, or ask an administrator for the role",
            {"value": row.cells["unit_code"]},
        )
        for row in rows
        if (path := paths.get(row.cells["unit_code"])) and not actor.may(ROLE, path)
    ]
    if strange:
        raise refused(name, strange)


def _counts(done: Imported) -> dict[str, int]:
    return {"inserted": done.inserted, "updated": done.updated, "unchanged": done.unchanged}


@router.post(f"{units.UNITS}/load-reference")
def load_units(request: Request, actor: StaffDep, session: SessionDep, fields: FieldsDep) -> Response:
    """Provinces and communes in force, of one province or of all; they come with the program."""
    require(actor, ROLE)
    province = fields.get("province", "")
    try:
        done = shipped.load_units(session, province=province)
    except SurveyError as error:
        session.rollback()
        return units.page(request, actor, session, error=error, province=province)
    record_audit(session, actor, "units loaded", province or "/", **_counts(done))
    return _stored(units.UNITS, done, "units.csv")


@router.post(f"{services.SERVICES}/load-reference")
def load_services(actor: StaffDep, session: SessionDep) -> Response:
    """The sample of real procedures that comes with the program."""
    require(actor, ROLE)
    done = shipped.load_services(session)
    record_audit(session, actor, "services loaded", "/", **_counts(done))
    return _stored(services.SERVICES, done, "services.csv")


def _stored(address: str, done: Imported, name: str) -> Response:
    return RedirectResponse(f"{address}?{urlencode(_counts(done) | {'stored': name})}", 303)
