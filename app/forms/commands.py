"""Forms on the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.accounts.service import COMMAND_LINE, record_audit
from app.core.commands import command_session, out
from app.core.numbers import day
from app.forms import service

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
    """Công bố một bản phiếu, không sửa được nữa / publish a version for good."""
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
    """Các bản phiếu đã công bố / published versions."""
    shown = Table("phiếu / form", "bản / number", "form_version", "tên / title", "từ / since")
    with command_session() as session:
        for one in service.list_versions(session):
            since = day(one.published_at.date(), "vi")
            title = one.document["title"]["vi"]
            shown.add_row(one.form_code, str(one.number), one.form_version[:HASH_SHOWN], title, since)
    out.print(shown)
