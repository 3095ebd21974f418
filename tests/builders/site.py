"""A running server, as the office that runs it sees it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page

from app.collection.tables import Response
from app.core import clock
from app.core.database import Database
from app.kiosks.service import create_enrolment
from app.receipts.service import issue
from builders.collection import stored

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


def ids(site: Site) -> set[str]:
    """Of every response it has."""
    return {row.response_id for row in stored(site.database)}


def arrived(site: Site, page: Page, before: set[str]) -> Response:
    """A response that is new, waited for."""
    for _ in range(100):
        new = [row for row in stored(site.database) if row.response_id not in before]
        if new:
            return new[0]
        page.wait_for_timeout(200)
    raise TimeoutError("no answer arrived")
