"""A running server, as the office that runs it sees it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.core import clock
from app.core.database import Database
from app.kiosks.service import create_enrolment
from app.receipts.service import issue

UNIT, SERVICE = "07777", "2.000815"
IDLE_SECONDS = 20


@dataclass(frozen=True)
class Site:
    """A server and its database, as the office that runs it sees them."""

    url: str
    home: Path
    database: Database
    round_code: str

    def kiosk_code(self) -> str:
        with self.database.write() as session:
            return create_enrolment(session, UNIT, "Quầy 1").code

    def token(self) -> str:
        expires_on = clock.today() + timedelta(days=30)
        return issue(
            self.round_code,
            UNIT,
            expires_on=expires_on,
            service_code=SERVICE,
            submission="counter",
            stage="returned",
        )
