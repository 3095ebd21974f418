"""What `sipas serve` says when it starts: where each kind of person begins."""

from collections.abc import Mapping
from datetime import timedelta

from rich.console import Console
from sqlmodel import Session

from app.core import clock
from app.core.config import settings
from app.demo.presence import DEMO_PASSWORD, DEMO_USER
from app.demo.province import SERVICES, UNITS, quarters_until
from app.kiosks.service import create_enrolment
from app.receipts.service import issue

RECEIPT_DAYS = 30


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
    enrolment = create_enrolment(
        session, unit, f"Kiosk mô phỏng {clock.now().astimezone(settings().zone):%d/%m %H:%M}"
    )
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
            "Kiosk": f"{base}/kiosk/enrol   mã một lần / one-time code: {enrolment.code}",
            "Điện thoại / phone": f"{base}/r/{token}",
            "Áp phích / poster": f"{base}/p/{unit}",
            "Quản trị / console": f"{base}/console   {DEMO_USER} / {DEMO_PASSWORD}",
        },
    )


def _tell(out: Console, doors: Mapping[str, str]) -> None:
    for name, address in doors.items():
        out.print(f"{name:<22} {address}", markup=False)
