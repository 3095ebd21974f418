"""Every page of the console, and the front page."""

from fastapi import APIRouter

from app.console import (
    comments,
    compare,
    forms,
    front,
    home,
    keys,
    kiosks,
    login,
    ranking,
    receipts,
    reports,
    results,
    rounds,
    units,
)

PARTS = (
    front,
    login,
    home,
    results,
    compare,
    ranking,
    comments,
    reports,
    rounds,
    units,
    forms,
    kiosks,
    receipts,
    keys,
)

router = APIRouter(include_in_schema=False)
for part in PARTS:
    router.include_router(part.router)
