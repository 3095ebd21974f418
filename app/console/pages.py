"""Every page of the console, and the front page."""

from fastapi import APIRouter

from app.console import login

router = APIRouter(include_in_schema=False)
for part in (login,):
    router.include_router(part.router)
