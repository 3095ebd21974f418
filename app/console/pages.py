"""Every page of the console, and the front page."""

from fastapi import APIRouter

from app.console import forms, front, home, keys, kiosks, login, receipts, results, rounds, units

router = APIRouter(include_in_schema=False)
for part in (front, login, home, rounds, units, forms, kiosks, receipts, keys, results):
    router.include_router(part.router)
