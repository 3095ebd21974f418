"""Units: a searchable list; a search needs no diacritics."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.dependencies import StaffDep, render_staff
from app.core.database import SessionDep
from app.units.service import Unit, get_unit, list_units

router = APIRouter()
SHOWN = 200


@dataclass(frozen=True, slots=True)
class UnitView:
    code: str
    name: str
    kind: str
    parent_code: str
    parent_name: str


@router.get("/console/units")
def show_units(
    request: Request, actor: StaffDep, session: SessionDep, q: str = "", below: str = ""
) -> Response:
    top = get_unit(session, below) if below else None
    found = list_units(session, search=q.strip(), below=top.path if top else "/", limit=SHOWN + 1)
    return render_staff(
        request,
        "console/units.html",
        actor,
        q=q.strip(),
        top=top,
        units=_views(session, list(found[:SHOWN])),
        more=len(found) > SHOWN,
        shown=SHOWN,
    )


def _views(session: Session, units: list[Unit]) -> list[UnitView]:
    names = {unit.unit_code: unit.name for unit in units}
    for code in {unit.parent_code for unit in units if unit.parent_code} - set(names):
        names[code] = get_unit(session, code).name
    return [
        UnitView(
            unit.unit_code,
            unit.name,
            unit.kind,
            unit.parent_code or "",
            names.get(unit.parent_code or "", ""),
        )
        for unit in units
    ]
