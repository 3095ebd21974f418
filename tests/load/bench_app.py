"""The program with two more routes to compare with: a response read but not stored, and an empty page."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from app.collection.schemas import wire_of
from app.main import create_app


def create_bench_app() -> FastAPI:
    app = create_app()

    @app.post("/api/v1/bench", status_code=201)
    async def http_only(request: Request) -> Response:
        wire = wire_of(await request.body())
        return Response(f'{{"response_id":"{wire.response_id}"}}', 201, media_type="application/json")

    @app.get("/empty")
    def empty() -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>empty</title>")

    return app
