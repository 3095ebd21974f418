"""`sipas kiosks`: connect devices, list them, cut them off."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.accounts.actors import COMMAND_LINE
from app.accounts.service import record_audit
from app.core import clock
from app.core.commands import command_session, id_column, out
from app.core.config import settings
from app.core.files import check_writable, write_whole
from app.core.qr import qr_text
from app.kiosks import service
from app.kiosks.fleet import FleetKiosk, fleet
from app.kiosks.rotation import ask_for_rotation
from app.kiosks.tables import Kiosk
from app.kiosks.thanks import set_thanks
from app.units.service import get_unit

cli = typer.Typer(no_args_is_help=True)
KioskId = Annotated[str, typer.Argument(help="Mã kiosk, xem: sipas kiosks list / kiosk id.")]

FLEET_COLUMNS = (
    "nhận / made",
    "thiếu / missing",
    "trùng / duplicate",
    "chờ / waiting",
    "để riêng / aside",
    "liên lạc / contact",
    "tình trạng / state",
)


@cli.command("enrol")
def enrol(
    unit: Annotated[str, typer.Option(help="Mã đơn vị / unit code.")],
    name: Annotated[str, typer.Option(help="Tên kiosk, ví dụ Quầy 1 / name, e.g. Counter 1.")] = "",
) -> None:
    """Thêm kiosk và in mã dùng một lần / add a kiosk and print its one-time code."""
    with command_session() as session:
        made = service.create_enrolment(session, unit, name)
        record_audit(session, COMMAND_LINE, "kiosks.enrol", made.kiosk_id, unit=unit)
    _tell_code(made.code)


@cli.command("code")
def code(kiosk_id: KioskId) -> None:
    """Mã mới cho kiosk đã có / another one-time code for a kiosk."""
    with command_session() as session:
        made = service.renew_code(session, kiosk_id)
        record_audit(session, COMMAND_LINE, "kiosks.renew_code", kiosk_id)
    _tell_code(made)


def _tell_code(made: str) -> None:
    minutes = settings().enrolment_minutes
    out.print(f"{made}", markup=False, style="bold")
    out.print(settings().link_base + service.ENROL_PAGE, markup=False)
    out.print(qr_text(service.enrolment_link(made)), markup=False, style="black on white")
    out.print(
        f"Gõ hoặc quét mã này trên thiết bị trong {minutes} phút"
        f" / type or scan it on the device within {minutes} minutes."
    )


@cli.command("list")
def list_() -> None:
    """Các kiosk / the kiosks."""
    table = Table(id_column(), "đơn vị / unit", "tên / name", "tình trạng / state")
    with command_session() as session:
        for kiosk in service.list_kiosks(session):
            table.add_row(kiosk.kiosk_id, kiosk.unit_code, kiosk.name, _state(kiosk))
    out.print(table)


@cli.command("rotate")
def rotate(kiosk_id: KioskId) -> None:
    """Đổi khóa kết nối ở lần báo tin kế tiếp / another credential at the next heartbeat."""
    with command_session() as session:
        kiosk = ask_for_rotation(session, kiosk_id)
        record_audit(session, COMMAND_LINE, "kiosks.rotate", kiosk_id)
        out.print(f"{kiosk.name}: sẽ đổi khóa / will change its credential", markup=False)


@cli.command("hours")
def hours(
    kiosk_id: KioskId,
    opening: Annotated[str, typer.Argument(help="1-5 07:30-17:00 (thứ Hai là 1 / Monday is 1); '' = chung.")],
) -> None:
    """Giờ làm việc của một kiosk / opening hours of one kiosk."""
    with command_session() as session:
        kiosk = service.set_hours(session, kiosk_id, opening)
        record_audit(session, COMMAND_LINE, "kiosks.hours", kiosk_id, hours=kiosk.opening_hours)
        out.print(f"{kiosk.name}: {kiosk.opening_hours or settings().opening_hours}", markup=False)


@cli.command("thanks")
def thanks(
    unit: Annotated[str, typer.Argument(help="Mã đơn vị / unit code.")],
    vi: Annotated[
        str | None, typer.Option(help="Câu tiếng Việt; '' = bỏ / in Vietnamese; '' = none.")
    ] = None,
    en: Annotated[str | None, typer.Option(help="Câu tiếng Anh; '' = bỏ / in English; '' = none.")] = None,
) -> None:
    """Lời cảm ơn riêng của đơn vị trên kiosk / a unit's own words after an answer."""
    given = {language: said for language, said in (("vi", vi), ("en", en)) if said is not None}
    with command_session() as session:
        told = set_thanks(session, unit, given)
        if given:
            record_audit(session, COMMAND_LINE, "kiosk thanks set", unit, **told)
    for language in ("vi", "en"):
        out.print(f"{language}: {told.get(language, '-')}", markup=False)


@cli.command("card")
def card_file(
    unit: Annotated[str, typer.Option(help="Mã đơn vị / unit code.")],
    output: Annotated[Path, typer.Option("--out", help="Tệp PDF / PDF file.")],
    call: Annotated[str, typer.Option(help="Ai giúp, số điện thoại / who helps, telephone.")] = "",
) -> None:
    """Thẻ A5 đặt cạnh kiosk / the A5 card beside a kiosk."""
    from app.kiosks.cards import card

    check_writable(output)
    with command_session() as session:
        name = get_unit(session, unit).name
    write_whole(output, card(name, call=call))
    out.print(f"{output}: {name}", markup=False)


@cli.command("fleet")
def fleet_table() -> None:
    """Từng kiosk: chờ, thiếu, trùng, lần liên lạc cuối / what each has sent and what is wrong with it."""
    table = Table("đơn vị / unit", "tên / name", *FLEET_COLUMNS, box=None)
    with command_session() as session:
        for one in fleet(session, now=clock.now(), may=lambda _: True):
            table.add_row(one.kiosk.unit_code, one.kiosk.name, *_counted(one))
    out.print(table)


@cli.command("revoke")
def revoke(kiosk_id: KioskId) -> None:
    """Ngừng một thiết bị / cut a device off."""
    with command_session() as session:
        kiosk = service.revoke(session, kiosk_id)
        record_audit(session, COMMAND_LINE, "kiosks.revoke", kiosk_id)
        out.print(f"{kiosk.name}: {_state(kiosk)}", markup=False)


def _counted(one: FleetKiosk) -> Sequence[str]:
    tally = one.tally
    contact = one.device.contact_at if one.device else None
    seen = contact.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M") if contact else "-"
    counts = (tally.made, tally.missing, tally.duplicate, tally.waiting, tally.aside)
    told = ", ".join(one.flags) or _state(one.kiosk)
    return [*(str(number) for number in counts), seen, told]


def _state(kiosk: Kiosk) -> str:
    if kiosk.revoked_at is not None:
        return "đã ngừng / revoked"
    return "đang dùng / in use" if kiosk.enrolled_at else "chờ thiết bị / waiting for its device"
