"""A commune that asks, and responses as they come over the wire."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlmodel import Session, col, func, select

from app.collection.tables import Response
from app.core import clock
from app.core.collation import sort_key
from app.core.database import Database
from app.forms.service import get_form, publish
from app.receipts.service import issue
from app.rounds.service import NewRound, create_round
from app.units.tables import Service, Unit

ROUND = "2026-q4"
COMMUNE, OTHER_COMMUNE, OUTSIDE = "07267", "07270", "99999"
SERVICE = "1.004194.H05"


@dataclass(frozen=True, slots=True)
class Asking:
    """A round that is open today in one province, the quick form by kiosk, receipt and poster."""

    form_version: str
    round_code: str = ROUND
    unit: str = COMMUNE
    today: date = field(default_factory=clock.today)
    full_answers: dict[str, Any] = field(default_factory=dict)

    def wire(self, **change: Any) -> dict[str, Any]:
        """A response that is accepted as it is; a change of None leaves the field out."""
        plain = {
            "response_id": str(uuid4()),
            "round": self.round_code,
            "form_version": self.form_version,
            "unit": self.unit,
            "mode": "poster",
            "answered_on": self.today.isoformat(),
            "language": "vi",
            "answers": {"q_overall": 5, "q_good": ["waiting", "officer"]},
        }
        return {key: value for key, value in (plain | change).items() if value is not None}

    def token(self, **change: Any) -> str:
        said = {
            "round_code": self.round_code,
            "unit_code": self.unit,
            "service_code": SERVICE,
            "submission": "online",
            "stage": "returned",
            "expires_on": self.today + timedelta(days=30),
        }
        return issue(**{**said, **change})

    def receipt_wire(self, token: str, **change: Any) -> dict[str, Any]:
        return self.wire(mode="receipt", token=token, **change)


def an_asking_commune(session: Session, *, form: str = "quick") -> Asking:
    """Province, two communes in the round and one unit outside it, a service, the form, the round."""
    for code, parent, path in (
        ("24", None, "/24/"),
        (COMMUNE, "24", f"/24/{COMMUNE}/"),
        (OTHER_COMMUNE, "24", f"/24/{OTHER_COMMUNE}/"),
        (OUTSIDE, None, f"/{OUTSIDE}/"),
    ):
        session.add(_a_unit(code, parent, path))
        session.flush()
    session.add(
        Service(
            service_code=SERVICE, name="Khai sinh", field="Hộ tịch", level="commune", sort_key="khai sinh"
        )
    )
    version = publish(session, form, by="test").form_version
    today = clock.today()
    create_round(
        session,
        NewRound(
            ROUND,
            "Quý IV",
            today - timedelta(days=40),
            today + timedelta(days=40),
            units=["24"],
            forms={mode: version for mode in ("kiosk", "receipt", "poster", "paper")},
        ),
    )
    session.flush()
    return Asking(version, full_answers=_full_answers(session, version))


def _full_answers(session: Session, version: str) -> dict[str, Any]:
    """An answer to every rating, single choice and text of the form."""
    items = get_form(session, version).items
    chosen = {item.code: item.choices[0].code for item in items if item.kind in ("rating", "single")}
    words = "Cán bộ hướng dẫn rõ ràng, nhưng buổi sáng phải chờ hơi lâu."
    return chosen | {item.code: words for item in items if item.kind == "text"}


def _a_unit(code: str, parent: str | None, path: str) -> Unit:
    name = f"Phường {code}"
    return Unit(
        unit_code=code,
        name=name,
        kind="ward",
        parent_code=parent,
        path=path,
        sort_key=sort_key(name),
        valid_from_on=date(2025, 7, 1),
    )


async def post(client: httpx.AsyncClient, wire: dict[str, Any], **headers: str) -> httpx.Response:
    """The wire as a device sends it."""
    content = json.dumps(wire).encode()
    return await client.post(
        "/api/v1/responses", content=content, headers={"Content-Type": "application/json", **headers}
    )


def stored(database: Database) -> list[Response]:
    """Every response, by id."""
    with database.read() as session:
        return list(session.exec(select(Response).order_by(col(Response.response_id))).all())


def how_many(database: Database, table: type = Response) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()
