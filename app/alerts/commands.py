"""`sipas alerts`: look now, list, name receivers."""

from typing import Annotated

import typer
from rich.table import Column, Table

from app.accounts.service import COMMAND_LINE
from app.accounts.staff import path_of_unit
from app.alerts import receivers, service
from app.alerts.watch import check
from app.core.commands import command_database, command_session, id_column, out
from app.core.config import settings
from app.core.language import translator

cli = typer.Typer(no_args_is_help=True)
Unit = Annotated[str, typer.Option(help="Mã đơn vị, cả cấp dưới; rỗng = tất cả / unit code; empty = all.")]


@cli.command("check")
def check_now(
    tell: Annotated[bool, typer.Option(help="Gửi cho người nhận / tell receivers.")] = True,
) -> None:
    """Xét mọi quy tắc ngay / look at every rule now."""
    with command_database() as database:
        changes = check(database, tell=tell)
    say = translator(settings().language)
    counts = say("{opened} raised, {closed} closed, {standing} stand, {told} messages sent")
    out.print(
        counts.format(
            opened=changes.opened, closed=changes.closed, standing=changes.standing, told=changes.told
        )
    )


@cli.command("list")
def list_alerts(
    unit: Unit = "",
    state: Annotated[str, typer.Option(help=", ".join(service.STATES))] = "",
) -> None:
    """Cảnh báo / alerts."""
    shown = Table("", "cảnh báo / alert", "từ / since", "xử lý / note")
    language = settings().language
    with command_session() as session:
        wanted = service.Wanted(unit, state)
        for one in service.list_alerts(session, COMMAND_LINE, wanted, language=language):
            since = one.opened_at.astimezone(settings().zone)
            shown.add_row(one.state, one.sentence, f"{since:%d/%m/%Y %H:%M}", one.note)
    out.print(shown)


@cli.command("tell")
def add_receiver(
    address: Annotated[str, typer.Argument(help="Thư điện tử hoặc https://… / e-mail or https://…")],
    name: Annotated[str, typer.Option(help="Nơi nhận / who that is.")],
    unit: Unit = "",
    language: Annotated[str, typer.Option(help="vi | en")] = "vi",
) -> None:
    """Thêm nơi nhận cảnh báo / name a receiver; a webhook's secret is shown once."""
    kind = "webhook" if "://" in address else "email"
    with command_session() as session:
        new = receivers.NewReceiver(kind, name, address, path_of_unit(session, unit), language)
        issued = receivers.add_receiver(session, new, by=COMMAND_LINE)
        session.flush()
        out.print(f"{issued.receiver.receiver_id}\t{kind}\t{name}", markup=False)
    if issued.secret:
        out.print(f"khóa, chỉ hiện một lần / secret, shown once: {issued.secret}", markup=False)


@cli.command("receivers")
def list_receivers() -> None:
    """Nơi nhận cảnh báo / receivers."""
    address, trouble = Column("địa chỉ / address", overflow="fold"), Column("lỗi / trouble", overflow="fold")
    shown = Table(id_column(), "kênh / kind", "nơi nhận / name", address, trouble)
    with command_session() as session:
        troubles = receivers.troubles(session)
        for one in receivers.list_receivers(session):
            count, reason = troubles.get(one.receiver_id, (0, ""))
            shown.add_row(
                one.receiver_id, one.kind, one.name, one.address, f"{count}: {reason}" if count else ""
            )
    out.print(shown)


@cli.command("remove")
def remove_receiver(
    receiver_id: Annotated[str, typer.Argument(help="Mã nơi nhận / receiver id.")],
) -> None:
    """Ngừng gửi / tell it no more."""
    with command_session() as session:
        receivers.remove_receiver(session, receiver_id, by=COMMAND_LINE)
    out.print(f"{receiver_id}: đã bỏ / removed", markup=False)
