"""Files of an edition and of a round's responses over HTTP."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from app.accounts.dependencies import ActorDep
from app.core.config import settings
from app.core.language import language_of

if TYPE_CHECKING:
    from app.results.exports.jobs import Made

router = APIRouter(prefix="/api/v1", tags=["results"])
FOLDER = "exports"
Words = Annotated[str, Query(alias="language", pattern="^(vi|en|)$")]


@router.get("/editions/{edition_id}/file.{kind}")
def edition_file(
    request: Request, actor: ActorDep, edition_id: str, kind: str, *, table: str = "", words: Words = ""
) -> FileResponse:
    """A table of an edition as a file; `zip` without a table is all of them with their descriptions."""
    from app.results.exports.edition_files import TableExport
    from app.results.exports.service import export_edition

    wanted = TableExport(edition_id, table, kind, words or language_of(request))
    with _folder() as folder:
        made = export_edition(
            request.app.state.database, wanted, folder / f"file.{kind}", actor=actor, in_process=False
        )
    return _reply(folder, made)


@router.get("/rounds/{round_code}/responses.{kind}")
def response_file(
    request: Request, actor: ActorDep, round_code: str, kind: str, *, k: int = 0, words: Words = ""
) -> FileResponse:
    """The responses of a round, nobody standing alone; for analysts of the whole round."""
    from app.results.exports.responses import ResponseRequest
    from app.results.exports.service import export_responses

    wanted = ResponseRequest(round_code, kind, words or language_of(request), k)
    with _folder() as folder:
        made = export_responses(
            request.app.state.database, wanted, folder / f"file.{kind}", actor=actor, in_process=False
        )
    return _reply(folder, made)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of the home, gone again where the file could not be made.

    A file of a million rows may be larger than the system's own place for such.
    """
    place = settings().home / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _reply(folder: Path, made: "Made") -> FileResponse:
    """The file, streamed from the disk, and gone when it is sent."""
    from app.results.exports.run_files import MEDIA_TYPES

    return FileResponse(
        next(folder.glob("file.*")),
        media_type=MEDIA_TYPES[made.kind],
        filename=made.name,
        headers={"Cache-Control": "no-store", "X-Content-SHA256": made.digest},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
