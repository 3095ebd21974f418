"""Every page of the console, and the front page."""

from fastapi import APIRouter

from app.console import (
    comments,
    compare,
    editions,
    form_proposals,
    forms,
    front,
    home,
    keys,
    kiosks,
    login,
    priorities,
    ranking,
    receipts,
    reports,
    results,
    results_custom,
    rounds,
    units,
)

PARTS = (
    front,
    login,
    home,
    results,
    results_custom,
    compare,
    editions,
    ranking,
    priorities,
    comments,
    reports,
    rounds,
    units,
    form_proposals,
    forms,
    kiosks,
    receipts,
    keys,
)

router = APIRouter(include_in_schema=False)
for part in PARTS:
    router.include_router(part.router)
