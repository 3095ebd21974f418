"""The web program: every room's routes behind one set of limits, headers and errors."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.middleware.gzip import GZipMiddleware

from app import metadata
from app.accounts.routes import router as accounts
from app.alerts.routes import router as alerts
from app.alerts.watch import AlertWatch
from app.collection.pages import router as citizen_pages
from app.collection.routes import router as collection
from app.collection.running import start_writer, stop_writer
from app.console.pages import router as console
from app.core import counters
from app.core.bodies import WholeBody
from app.core.config import Settings, settings
from app.core.database import Database, open_database
from app.core.error_shape import ERROR_RESPONSES
from app.core.errors import Unavailable
from app.core.handlers import install_handlers
from app.core.logs import configure_logs
from app.core.memory import libraries_aside
from app.core.middleware import HeadOfGet, PlainAddress, SecurityHeaders
from app.core.migrations import is_current
from app.core.pages import STATIC
from app.demo.presence import is_demo
from app.forms.routes import router as forms
from app.indicators.routes import router as indicators
from app.interface import tell_programs
from app.kiosks.routes import router as kiosks
from app.receipts.routes import router as receipts
from app.results.edition_routes import router as editions
from app.results.exports.routes import router as exports
from app.results.renewal import start_renewal, stop_renewal
from app.results.routes import router as results
from app.rounds.routes import router as rounds
from app.units.routes import router as units

ROUTERS = (
    accounts,
    units,
    forms,
    rounds,
    kiosks,
    receipts,
    collection,
    exports,
    results,
    editions,
    indicators,
    alerts,
    citizen_pages,
    console,
)
GZIP_FROM_BYTES = 800
ASSET_SECONDS = 365 * 24 * 3600


class Assets(StaticFiles):
    """Static files; a fingerprinted address may be kept for a year, a bare one must be asked again."""

    async def get_response(self, path: str, scope: dict[str, object]) -> Response:  # type: ignore[override]
        response = await super().get_response(path, scope)
        fingerprinted = b"v=" in bytes(scope.get("query_string", b""))  # type: ignore[call-overload]
        response.headers["Cache-Control"] = (
            f"public, max-age={ASSET_SECONDS}, immutable" if fingerprinted else "no-cache"
        )
        return response


def create_app(config: Settings | None = None) -> FastAPI:
    """The program with these settings (the environment's by default)."""
    config = config or settings()
    configure_logs(config.log_level)
    app = FastAPI(
        title="SIPAS",
        version="1",
        lifespan=_lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would name a scheme and a host, which the request alone tells
    )
    app.state.settings = config
    app.state.metadata = metadata.metadata
    install_handlers(app)
    app.add_middleware(WholeBody, settings=config)
    app.add_middleware(PlainAddress)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadOfGet)
    for router in ROUTERS:
        app.include_router(router, responses=ERROR_RESPONSES)
    app.mount("/static", Assets(directory=STATIC), name="static")
    _add_probes(app)
    tell_programs(app)
    return app


def served_app() -> FastAPI:
    """The program as a server of its own starts it: it listens once its first answer would be quick."""
    _end_with_supervisor()
    app = create_app()
    app.state.warms_up = True
    return app


def _end_with_supervisor() -> None:
    """Several workers end when the process that started them is killed: they would keep the port for good."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return

    def wait() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()


async def _warm_up(app: FastAPI) -> None:
    """Have the routes put together now; without this the first citizens would wait for it."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://warm-up") as client:
        await client.get("/healthz")
        await client.post("/api/v1/responses", json={})


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.database = open_database(app.state.settings)
    app.state.started_at = time.monotonic()
    start_writer(app.state)
    alert_watch = AlertWatch(app.state.database)
    alert_watch.start()
    with app.state.database.read() as session:
        app.state.demo = is_demo(session)
    start_renewal(app.state)
    if getattr(app.state, "warms_up", False):
        await _warm_up(app)
    try:
        with libraries_aside():
            yield
    finally:
        stop_renewal(app.state)
        alert_watch.stop()
        stop_writer(app.state)
        app.state.database.close()


def _add_probes(app: FastAPI) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def readyz(request: Request) -> dict[str, str]:
        """The database answers and stands at the newest migration."""
        database: Database = request.app.state.database
        database.ping()
        if not is_current(database):
            raise Unavailable("the database needs its migrations", remedy="run: sipas database upgrade")
        return {"status": "ready"}

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(counters.told(), media_type=CONTENT_TYPE_LATEST)
