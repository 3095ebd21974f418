"""`sipas results compute|editions|check|seal|publish|withdraw` and `sipas verify`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.accounts.service import COMMAND_LINE, Actor, actor_of_session, authenticate
from app.core import clock
from app.core.commands import command_database, command_session, err, out
from app.core.config import settings
from app.core.database import Database
from app.core.errors import SurveyError
from app.results import editions, sealing, work
from app.results.commands import STEPS as STEP_WORDS
from app.results.declared import TABLES, name_of
from app.results.tables import Edition
from app.rounds.service import get_round, list_rounds

if TYPE_CHECKING:
    from app.results.verification import Verdict

EditionId = Annotated[str, typer.Argument(help="Mã bản kết quả; xem: sipas results editions / edition id.")]
As = Annotated[str, typer.Option("--as", help="Tên đăng nhập của người làm bước này / whose step it is.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Đọc mật khẩu từ đầu vào / from stdin.")]
Note = Annotated[str, typer.Option("--note", help="Ghi chú / a note; lý do khi rút lại / the reason.")]

PLANNED_STEPS = ("lake", "responses", "counts", "population", "drivers", *map(name_of, TABLES))


def compute(
    round_codes: Annotated[list[str] | None, typer.Option("--round", help="Mã đợt / round code.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Mọi đợt / every round.")] = False,
    replaces: Annotated[str, typer.Option(help="Bản bị thay / the edition it corrects.")] = "",
    reason: Annotated[str, typer.Option(help="Lý do đính chính / why it is corrected.")] = "",
    asked_by: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Tính bản kết quả: mọi bảng công bố của một đợt / every declared table of a round from one data cut."""
    if asked_by:
        work.be_modest()
    actor = Actor(asked_by, "staff", COMMAND_LINE.grants) if asked_by else COMMAND_LINE
    with command_database() as database:
        with database.read() as session:
            known = [survey.round_code for survey in list_rounds(session)]
            chosen = [get_round(session, code).round_code for code in round_codes or []]
        chosen = known if every else chosen
        if not chosen:
            raise typer.BadParameter("--round R | --all", param_hint="--round")
        failed = [code for code in chosen if not _computed(database, code, actor, (replaces or None, reason))]
    if failed:
        raise typer.Exit(1)


def _computed(database: Database, round_code: str, actor: Actor, correction: tuple[str | None, str]) -> bool:
    """One round; what goes wrong is told and kept for the page, and the next round still gets its turn."""
    try:
        with work.turn(round_code):
            edition = _compute(database, round_code, actor, correction)
    except work.Busy as error:
        err.print(str(error), markup=False)
        return True
    except SurveyError as error:
        work.tell(_progress_of(round_code, actor, failed=str(error)))
        err.print(f"{round_code}: {error}", markup=False)
        return False
    except Exception as error:  # the page must say that it failed, not that it still runs
        work.tell(_progress_of(round_code, actor, failed=type(error).__name__))
        raise
    out.print(f"{round_code}: {edition.edition_id} {len(edition.tables)} bảng / tables", markup=False)
    return True


def _compute(
    database: Database, round_code: str, actor: Actor, correction: tuple[str | None, str]
) -> Edition:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    done: list[str] = []
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(round_code, total=len(PLANNED_STEPS))

        def on_step(step: str) -> None:
            done.append(step)
            work.tell(_progress_of(round_code, actor, step=step, place=len(done)))
            bar.update(
                task, description=f"{round_code}: {STEP_WORDS.get(step, step)}", completed=len(done) - 1
            )

        try:
            replaces, reason = correction
            return editions.compute_edition(
                database, round_code, actor=actor, on_step=on_step, replaces=replaces, reason=reason
            )
        finally:
            work.forget(round_code)


def _progress_of(
    round_code: str, actor: Actor, *, step: str = "", place: int = 0, failed: str = ""
) -> work.Progress:
    since = clock.now().isoformat()
    return work.Progress(round_code, step, place, len(PLANNED_STEPS), actor.name, since, failed)


def list_(round_code: Annotated[str, typer.Option("--round", help="Mã đợt / round code.")] = "") -> None:
    """Các bản kết quả và các bước đã qua / editions and their steps, newest first."""
    with command_session() as session:
        for edition in editions.list_editions(session, round_code):
            state = editions.state_of(session, edition.edition_id)
            when = edition.created_at.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M")
            facts = (edition.edition_id, edition.round_code, when, edition.created_by, state)
            out.print("  ".join((*facts, edition.content_hash[:12])), markup=False)


def check(edition_id: EditionId, username: As, password_stdin: FromStdin = False, note: Note = "") -> None:
    """Kiểm tra bản kết quả (người thứ hai) / a second person has looked at it."""
    _take("checked", edition_id, username, password_stdin=password_stdin, note=note)


def seal(edition_id: EditionId, username: As, password_stdin: FromStdin = False, note: Note = "") -> None:
    """Niêm phong bản kết quả / seal it: from now on it can be verified."""
    _take("sealed", edition_id, username, password_stdin=password_stdin, note=note)


def publish(edition_id: EditionId, username: As, password_stdin: FromStdin = False, note: Note = "") -> None:
    """Công bố / show it to the public."""
    _take("published", edition_id, username, password_stdin=password_stdin, note=note)


def withdraw(edition_id: EditionId, username: As, password_stdin: FromStdin = False, note: Note = "") -> None:
    """Rút lại, kèm lý do / withdraw it, with a reason."""
    _take("withdrawn", edition_id, username, password_stdin=password_stdin, note=note)


def _take(step: str, edition_id: str, username: str, *, password_stdin: bool, note: str) -> None:
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if password_stdin
        else str(typer.prompt("Mật khẩu / password", hide_input=True))
    )
    with command_session() as session:
        actor = actor_of_session(session, authenticate(session, username, password))
        taken = sealing.take_step(session, edition_id, step, actor=actor, note=note)
        out.print(f"{edition_id}: {taken.step} ({taken.taken_by})", markup=False)


def verify(
    file_or_edition: Annotated[
        str,
        typer.Argument(
            help="Tệp đã xuất, bản kết quả hoặc lần tính / an exported file, an edition or a run."
        ),
    ],
) -> None:
    """Tính lại từ phiếu đã lưu và so sánh / compute again from the stored answers and compare."""
    from app.results import verification

    with command_database() as database, _spinner():
        verdict = verification.verify(database, file_or_edition)
    _tell(verdict)
    raise typer.Exit(0 if verdict.is_same else 1)


def _tell(verdict: "Verdict") -> None:
    for line in verdict.lines:
        out.print(line, markup=False)
    if not verdict.is_same:
        out.print("KHÁC / DIFFERENT", markup=False)
        return
    out.print("GIỐNG / same", markup=False)


def _spinner() -> Progress:
    bar = Progress(TextColumn("tính lại / computing again"), TimeElapsedColumn(), console=err, transient=True)
    bar.add_task("", total=None)
    return bar


def add_to(cli: typer.Typer) -> None:
    """Put the commands under `sipas results`."""
    commands: dict[str, Callable[..., None]] = {
        "compute": compute,
        "editions": list_,
        "check": check,
        "seal": seal,
        "publish": publish,
        "withdraw": withdraw,
    }
    for name, command in commands.items():
        cli.command(name)(command)
