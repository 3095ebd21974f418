"""`sipas kiosks`: connect devices, list them, cut them off."""

from typing import Annotated

import typer
from rich.table import Table

from app.accounts.actors import COMMAND_LINE
from app.accounts.service import record_audit
from app.core.commands import command_session, out
from app.core.config import settings
from app.kiosks import service
from app.kiosks.tables import Kiosk

cli = typer.Typer(no_args_is_help=True)
KioskId = Annotated[str, typer.Argument(help="Mã kiosk, xem: sipas kiosks list / kiosk id.")]


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
    out.print(f"{settings().link_base}/kiosk/enrol", markup=False)
    out.print(
        f"Gõ mã này trên thiết bị trong {minutes} phút / type it on the device within {minutes} minutes."
    )


@cli.command("list")
def list_() -> None:
    """Các kiosk / the kiosks."""
    table = Table("id", "đơn vị / unit", "tên / name", "tình trạng / state")
    with command_session() as session:
        for kiosk in service.list_kiosks(session):
            table.add_row(kiosk.kiosk_id, kiosk.unit_code, kiosk.name, _state(kiosk))
    out.print(table)


@cli.command("revoke")
def revoke(kiosk_id: KioskId) -> None:
    """Ngừng một thiết bị / cut a device off."""
    with command_session() as session:
        kiosk = service.revoke(session, kiosk_id)
        record_audit(session, COMMAND_LINE, "kiosks.revoke", kiosk_id)
        out.print(f"{kiosk.name}: {_state(kiosk)}", markup=False)


def _state(kiosk: Kiosk) -> str:
    if kiosk.revoked_at is not None:
        return "đã ngừng / revoked"
    return "đang dùng / in use" if kiosk.enrolled_at else "chờ thiết bị / waiting for its device"
