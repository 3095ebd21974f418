"""Reports for everybody who asks: command line and page use this one door."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts.service import Actor, record_audit, require
from app.core import clock
from app.core.errors import NotFound
from app.core.files import check_format
from app.results.editions import get_edition, newest, state_of
from app.results.reports.content import Report
from app.results.tables import Edition
from app.units.service import get_unit

KINDS = ("pdf", "docx")
STEMS = {"report": "bao-cao", "annexed": "bao-cao-chi-tiet", "sheet": "phieu"}
"""What can be had: the report, the report with every detailed figure, the one-page sheet."""
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as somebody takes it away."""

    content: bytes
    media_type: str
    name: str


def edition_for(session: Session, round_code: str, edition_id: str = "") -> Edition:
    """The asked-for edition, or the round's newest. Raises: NotFound."""
    found = get_edition(session, edition_id) if edition_id else newest(session, round_code)
    if found is None or (round_code and found.round_code != round_code):
        raise NotFound(
            "the round {round} has no edition of its results yet",
            where="round",
            remedy="compute one: sipas results compute --round {round}",
            round=round_code,
        )
    return found


def report_file(
    session: Session,
    edition: Edition,
    unit_code: str,
    kind: str,
    *,
    form: str = "report",
    language: str = "vi",
) -> ReportFile:
    """One unit's report in one of its `STEMS`. Raises: Invalid for the kind, NotFound for the unit."""
    is_sheet = form == "sheet"
    check_format(kind, ("pdf",) if is_sheet else KINDS)
    content = (
        _sheet(session, edition, unit_code, language)
        if is_sheet
        else _writer(kind)(_report(session, edition, unit_code, language, is_annexed=form == "annexed"))
    )
    stem = "-".join([STEMS[form], edition.round_code, unit_code, edition.edition_id[:8]])
    return ReportFile(content, MEDIA_TYPES[kind], f"{stem}.{kind}")


def require_report(session: Session, actor: Actor, edition: Edition, unit_code: str) -> None:
    """Analysts of the unit may take any report, its viewers published ones. Raises: Forbidden, NotFound."""
    path = get_unit(session, unit_code).path
    role = "viewer" if state_of(session, edition.edition_id) == "published" else "analyst"
    require(actor, role, path)


def note_taken(session: Session, actor: Actor, edition: Edition, unit_code: str, *, name: str) -> None:
    """Write down who took which report."""
    record_audit(session, actor, "report.taken", edition.edition_id, unit=unit_code, file=name)


def units_to_report(session: Session, edition: Edition, *, below: str = "") -> list[str]:
    """Every unit with a row in the edition, in the order of the tables; those of one subtree with `below`."""
    within = (get_unit(session, below).path,) if below else ("/",)
    return [code for code, _ in _units_within(session, edition, within)]


def units_for(session: Session, actor: Actor, round_code: str) -> list[tuple[str, str]]:
    """Code and name of the units whose report the actor may take; none where there is no edition."""
    edition = newest(session, round_code)
    if edition is None:
        return []
    role = "viewer" if state_of(session, edition.edition_id) == "published" else "analyst"
    return _units_within(session, edition, actor.paths(role))


def _units_within(session: Session, edition: Edition, within: tuple[str, ...]) -> list[tuple[str, str]]:
    from app.results.reading import open_edition

    if not within:
        return []
    tables = open_edition(session, edition, within=within)
    rows = tables.rows(figure=tables.headline)
    return list(dict.fromkeys((row.unit, row.names["unit"]) for row in rows if row.unit))


def _report(session: Session, edition: Edition, unit_code: str, language: str, *, is_annexed: bool) -> Report:
    from app.results.reports import building

    today = clock.today()
    return building.report_of(
        session, edition, unit_code, language=language, written_on=today, is_annexed=is_annexed
    )


def _writer(kind: str) -> Callable[[Report], bytes]:
    if kind == "docx":
        from app.results.reports.as_docx import as_docx

        return as_docx
    from app.results.reports.as_pdf import as_pdf

    return as_pdf


def _sheet(session: Session, edition: Edition, unit_code: str, language: str) -> bytes:
    from app.results.reports import sheet

    return sheet.unit_sheet(session, edition, unit_code, language=language)
