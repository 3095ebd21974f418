"""An export in a process of its own: its libraries and its memory stay out of the web process.

The job goes in as JSON on standard input, what was made or the problem comes back on standard output.
"""

import json
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.core import errors
from app.core.commands import command_database
from app.core.counters import environment_apart
from app.core.errors import SurveyError, Unavailable
from app.core.logs import get_logger
from app.results.exports.edition_files import TableExport
from app.results.exports.jobs import Made, Wanted
from app.results.exports.jobs import make as make_here
from app.results.exports.responses import ResponseRequest

PROGRAM = "from app.results.exports.apart import main; main()"
LONGEST_SECONDS = 900
WANTED: dict[str, type[TableExport] | type[ResponseRequest]] = {
    "TableExport": TableExport,
    "ResponseRequest": ResponseRequest,
}
_log = get_logger(__name__)
_one_at_a_time = threading.Lock()


def make(wanted: Wanted, path: Path) -> Made:
    """As `jobs.make`, elsewhere.  Raises: the same, and Unavailable when the other process fails."""
    job = {"kind": type(wanted).__name__, "wanted": asdict(wanted), "path": str(path)}
    with _one_at_a_time:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps(job).encode(),
            cwd=Path(__file__).parents[3],
            env=environment_apart(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    try:
        told = json.loads(done.stdout)
    except ValueError as error:
        _log.error("export_failed", job=job, told=done.stderr.decode(errors="replace")[-2000:])
        raise Unavailable(
            "the file could not be made", remedy="try again; an administrator finds the cause in the log"
        ) from error
    if "problem" in told:
        kind = getattr(errors, told["kind"], SurveyError)
        raise kind(told["problem"], where=told["where"], remedy=told["remedy"], **told["fields"])
    return Made(**told)


def main() -> None:
    """Read a job, make it, tell."""
    job = json.loads(sys.stdin.buffer.read())
    wanted = WANTED[job["kind"]](**job["wanted"])
    try:
        with command_database() as database:
            told: dict[str, Any] = asdict(make_here(database, wanted, Path(job["path"])))
    except SurveyError as error:
        problem = error.problem
        told = {
            "kind": type(error).__name__,
            "problem": problem.message,
            "where": problem.where,
            "remedy": problem.remedy,
            "fields": dict(problem.fields),
        }
    sys.stdout.write(json.dumps(told))
