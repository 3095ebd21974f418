"""What `sipas serve` says when it starts: where each kind of person begins."""

from collections.abc import Mapping
from datetime import timedelta

from rich.console import Console
from sqlmodel import Session

from app.core import clock
from app.core.config import settings
from app.demo.presence import DEMO_PASSWORD, DEMO_USER
from app.demo.province import SERVICES, UNITS, quarters_until
from app.kiosks.service import create_enrolment, list_kiosks, renew_code
from app.receipts.service import issue

RECEIPT_DAYS, KIOSK_NAME = 30, "Kiosk mô phỏng"


def show_addresses(out: Console) -> None:
    """The doors of any installation."""
    base = settings().link_base
    _tell(
        out,
        {
            "Trang chung / public": f"{base}/",
            "Kiosk": f"{base}/kiosk",
            "Quản trị / console": f"{base}/console",
        },
    )


def show_demo_addresses(out: Console, session: Session) -> None:
    """The same with a receipt to open, a kiosk to connect and the demo's log-in."""
    base, unit = settings().link_base, UNITS[0].unit_code
    code = _kiosk_code(session, unit)
    token = issue(
        quarters_until(clock.today())[-1].round_code,
        unit,
        expires_on=clock.today() + timedelta(days=RECEIPT_DAYS),
        service_code=SERVICES[0][0],
        submission="counter",
        stage="returned",
    )
    out.print("DỮ LIỆU MÔ PHỎNG / SIMULATED DATA", style="bold")
    _tell(
        out,
        {
            "Trang chung / public": f"{base}/",
            "Kiosk": f"{base}/kiosk/enrol   mã một lần / one-time code: {code}",
            "Điện thoại / phone": f"{base}/r/{token}",
            "Áp phích / poster": f"{base}/p/{unit}",
            "Quản trị / console": f"{base}/console   {DEMO_USER} / {DEMO_PASSWORD}",
        },
    )


def _kiosk_code(session: Session, unit: str) -> str:
    """A new code for the demo's kiosk that still waits for its device, or for a new one."""
    for kiosk in list_kiosks(session):
        is_ours = kiosk.unit_code == unit and kiosk.name.startswith(KIOSK_NAME)
        if is_ours and kiosk.enrolled_at is None and kiosk.revoked_at is None:
            return renew_code(session, kiosk.kiosk_id)
    local = clock.now().astimezone(settings().zone)
    return create_enrolment(session, unit, f"{KIOSK_NAME} {local:%d/%m %H:%M}").code


def _tell(out: Console, doors: Mapping[str, str]) -> None:
    for name, address in doors.items():
        out.print(f"{name:<22} {address}", markup=False)
