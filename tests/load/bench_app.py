"""The program with one more route: the same request read and checked for shape, nothing stored."""

from fastapi import FastAPI, Request, Response

from app.collection.schemas import wire_of
from app.main import create_app


def create_bench_app() -> FastAPI:
    app = create_app()

    @app.post("/api/v1/bench", status_code=201)
    async def http_only(request: Request) -> Response:
        wire = wire_of(await request.body())
        return Response(f'{{"response_id":"{wire.response_id}"}}', 201, media_type="application/json")

    return app
