"""Rounds on the command line."""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from app.accounts.service import COMMAND_LINE, record_audit
from app.core.commands import command_session, out
from app.core.errors import Invalid
from app.core.numbers import day
from app.rounds import service

cli = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Mã đợt, ví dụ 2026-Q4 / round code.")]


@cli.command("create")
def create(  # noqa: PLR0913, one option for each part of a round
    code: Code,
    title: Annotated[str, typer.Option(help="Tên đợt / title.")],
    start: Annotated[str, typer.Option("--from", help="Ngày đầu / first day, 2026-10-01.")],
    end: Annotated[str, typer.Option("--to", help="Ngày cuối / last day, 2026-12-31.")],
    unit: Annotated[list[str], typer.Option(help="Mã đơn vị, gồm cả cấp dưới / unit code; repeat.")],
    form: Annotated[list[str], typer.Option(help="mode=form, kiosk=quick; lặp lại / repeat.")],
    basis: Annotated[str, typer.Option(help="opt_in, probability")] = "opt_in",
    population: Annotated[str, typer.Option(help="finished_dossiers, residents_18")] = "finished_dossiers",
) -> None:
    """Tạo một đợt khảo sát / a new round."""
    period = _as_day(start, "--from"), _as_day(end, "--to")
    named = _as_pairs(form)
    with command_session() as session:
        new = service.NewRound(
            round_code=code,
            title=title,
            period_start_on=period[0],
            period_end_on=period[1],
            units=unit,
            forms=service.named_forms(session, named),
            basis=basis,
            population_kind=population,
        )
        made = service.create_round(session, new)
        record_audit(session, COMMAND_LINE, "round created", code, units=unit)
    out.print(f"{made.round_code}: {_period(made.period_start_on, made.period_end_on)}", markup=False)


def _as_day(value: str, option: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Invalid(
            "{value} is not a day", where=option, remedy="write it as 2026-11-22", value=value
        ) from error


def _as_pairs(values: list[str]) -> dict[str, str]:
    pairs = [_as_pair(one) for one in values]
    for mode, _ in pairs:
        if [one for one, _ in pairs].count(mode) > 1:
            raise Invalid(
                "{value} is named more than once",
                where="--form",
                remedy="keep one form for each way of answering",
                value=mode,
            )
    return dict(pairs)


def _as_pair(value: str) -> tuple[str, str]:
    mode, sign, form = value.partition("=")
    if not (mode and sign and form):
        raise Invalid(
            "{value} does not say which form a mode shows",
            where="--form",
            remedy="write mode=form, such as kiosk=quick",
            value=value,
        )
    return mode, form


@cli.command("list")
def list_rounds() -> None:
    """Các đợt khảo sát / every round."""
    shown = Table("đợt / round", "tên / title", "thời gian / period", "đơn vị / units", "phiếu / forms", "")
    with command_session() as session:
        for one in service.list_rounds(session):
            forms = ", ".join(f"{mode}={form}" for mode, form in service.form_codes(session, one.round_code))
            units = ", ".join(service.roots_of(session, one.round_code))
            state = "đã kết thúc / closed" if one.closed_at else ""
            period = _period(one.period_start_on, one.period_end_on)
            shown.add_row(one.round_code, one.title, period, units, forms, state)
    out.print(shown)


def _period(start: date, end: date) -> str:
    return f"{day(start, 'vi')} – {day(end, 'vi')}"


@cli.command("close")
def close(code: Code) -> None:
    """Kết thúc đợt: không nhận phiếu nữa / take no more answers."""
    with command_session() as session:
        service.close_round(session, code)
        record_audit(session, COMMAND_LINE, "round closed", code)
    out.print(f"{code}: đã kết thúc / closed", markup=False)
