"""Every page of the console, and the front page."""

from fastapi import APIRouter

from app.console import (
    alert_receivers,
    alerts,
    comments,
    compare,
    downloads,
    editions,
    form_proposals,
    forms,
    front,
    home,
    imports,
    indices,
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
    services,
    unit_page,
    units,
    volumes,
)

PARTS = (
    front,
    login,
    home,
    results,
    results_custom,
    unit_page,
    compare,
    editions,
    ranking,
    priorities,
    comments,
    indices,
    alert_receivers,
    alerts,
    reports,
    downloads,
    rounds,
    units,
    services,
    volumes,
    imports,
    form_proposals,
    forms,
    kiosks,
    receipts,
    keys,
)

router = APIRouter(include_in_schema=False)
for part in PARTS:
    router.include_router(part.router)
