"""The first page: where citizens, analysts and operators go on."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.console import posters
from app.core.database import SessionDep
from app.core.pages import render

router = APIRouter()


@router.get("/")
def show_front(request: Request, session: SessionDep) -> Response:
    return render(request, "console/front.html", posters=posters.open_units(session))
