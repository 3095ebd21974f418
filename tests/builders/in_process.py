"""The program in the process of the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from app.main import create_app


@asynccontextmanager
async def in_process(app: FastAPI | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """The whole program behind an HTTP client, its start and stop included."""
    app = app or create_app()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
