"""Forms on the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.accounts.service import COMMAND_LINE, record_audit
from app.core.commands import command_session, id_column, out
from app.core.files import read_whole
from app.core.numbers import day
from app.forms import proposals, service
from app.forms.voices import list_voices

cli = typer.Typer(no_args_is_help=True)

HASH_SHOWN = 12


@cli.command("check")
def check(file: Annotated[Path, typer.Argument(help="Tệp TOML / TOML file.")]) -> None:
    """Kiểm tra phiếu: nêu mọi lỗi kèm dòng và khóa / name every mistake with its line and key."""
    service.check_file(file)
    out.print(f"{file.name}: ok", markup=False)


@cli.command("publish")
def publish(
    form: Annotated[str, typer.Argument(help="Mã phiếu có sẵn hoặc tệp TOML / shipped code or TOML file.")],
) -> None:
    """Ban hành ngay, không cần người thứ hai / publish at once, for set-up on the machine itself."""
    with command_session() as session:
        if form.endswith(".toml"):
            published = service.publish_file(session, Path(form), by=COMMAND_LINE.name)
        else:
            published = service.publish(session, form, by=COMMAND_LINE.name)
        record_audit(
            session, COMMAND_LINE, "form published", published.form_version, code=published.form_code
        )
    out.print(f"{published.form_code} {published.number}: {published.form_version}", markup=False)


@cli.command("list")
def list_forms() -> None:
    """Các bản phiếu đã ban hành / published versions."""
    shown = Table("phiếu / form", "bản / number", "form_version", "tên / title", "từ / since")
    with command_session() as session:
        for one in service.list_versions(session):
            since = day(one.published_at.date(), "vi")
            title = one.document["title"]["vi"]
            shown.add_row(one.form_code, str(one.number), one.form_version[:HASH_SHOWN], title, since)
    out.print(shown)


@cli.command("propose")
def propose(
    file: Annotated[Path, typer.Argument(help="Tệp TOML / TOML file.")],
    note: Annotated[str, typer.Option(help="Ghi chú cho người duyệt / note for who approves.")] = "",
) -> None:
    """Đề xuất một bản phiếu, chờ người khác duyệt / propose a version; another person approves it."""
    content = read_whole(file)
    with command_session() as session:
        made = proposals.propose(session, content, file.name, by=COMMAND_LINE.name, note=note)
        record_audit(session, COMMAND_LINE, "form proposed", made.form_version, code=made.form_code)
        shown = f"{made.proposal_id} {made.form_code}: {made.form_version[:HASH_SHOWN]}"
    out.print(shown, markup=False)


@cli.command("proposals")
def show_proposals() -> None:
    """Các bản đang chờ duyệt / versions that wait for a second person."""
    names = ("phiếu / form", "form_version", "người đề xuất / proposed by", "từ / since", "note")
    shown = Table(id_column(), *names)
    with command_session() as session:
        for one in proposals.list_proposals(session, waiting=True):
            since = day(one.proposed_at.date(), "vi")
            version = one.form_version[:HASH_SHOWN]
            shown.add_row(one.proposal_id, one.form_code, version, one.proposed_by, since, one.note)
    out.print(shown)


Proposal = Annotated[str, typer.Argument(help="Mã đề xuất, xem: sipas forms proposals / proposal id.")]


@cli.command("approve")
def approve(proposal: Proposal) -> None:
    """Duyệt và ban hành bản người khác đề xuất / publish what somebody else proposed."""
    with command_session() as session:
        published = proposals.approve(session, proposal, by=COMMAND_LINE.name)
        record_audit(session, COMMAND_LINE, "form approved", published.form_version, code=published.form_code)
        shown = f"{published.form_code} {published.number}: {published.form_version}"
    out.print(shown, markup=False)


@cli.command("refuse")
def refuse(proposal: Proposal, reason: Annotated[str, typer.Option(help="Lý do / reason.")]) -> None:
    """Từ chối một đề xuất, nêu lý do / refuse a proposal with the reason."""
    with command_session() as session:
        found = proposals.refuse(session, proposal, by=COMMAND_LINE.name, reason=reason)
        record_audit(session, COMMAND_LINE, "form refused", found.form_version, code=found.form_code)
        shown = f"{found.form_code}: {found.decision}"
    out.print(shown, markup=False)


@cli.command("voices")
def voices(form: Annotated[str, typer.Argument(help="Mã phiếu / form code.")]) -> None:
    """Bản ghi âm của phiếu trong thư mục voices / recordings of a form's questions; names every mistake."""
    with command_session() as session:
        found = list_voices(service.get_form(session, service.newest_version(session, form).form_version))
    for language, name, size in found:
        out.print(f"{language}/{name}: {size / 1024:.0f} kB", markup=False)
    out.print(f"{form}: {len(found)} tệp / files", markup=False)
