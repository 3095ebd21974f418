"""A connection that breaks while a form is on its way: no answer, no spent code, and it can be sent again."""

import re
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from builders.collection import COMMUNE, Asking, an_asking_commune, how_many, stored
from builders.served import served

from app.core.config import settings
from app.core.database import Database, open_database
from app.receipts.tables import SpentToken

FORM = "application/x-www-form-urlencoded"
SECONDS_TO_NOTICE = 0.5


@dataclass(frozen=True)
class Office:
    """A running server, the round it asks in, and its database."""

    address: str
    asking: Asking
    database: Database


@pytest.fixture(scope="module")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("office")
    shutil.copy(sqlite_template, home / "sipas.db")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SIPAS_HOME", str(home))
        environment.delenv("SIPAS_DATABASE_URL", raising=False)
        environment.delenv("SIPAS_SECRET_KEY", raising=False)
        settings.cache_clear()
        database = open_database()
        with database.write() as session:
            asking = an_asking_commune(session)
        settings().signing_key()
        with served(home) as address:
            yield Office(address, asking, database)
        database.close()
    settings.cache_clear()


@pytest.mark.parametrize("length", ["Content-Length: {size}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("behind", ["a receipt", "a poster"])
def test_half_a_form_is_no_answer_and_the_whole_one_is_taken(
    office: Office, behind: str, length: str
) -> None:
    page = (
        f"{office.address}/r/{office.asking.token()}"
        if behind == "a receipt"
        else f"{office.address}/p/{COMMUNE}"
    )
    body = a_filled_form(page)
    before = counts(office.database)
    send_half(page, body, length)
    assert counts(office.database) == before
    reply = httpx.post(page, content=body, headers={"Content-Type": FORM})
    assert reply.status_code == 303, reply.text
    rows, spent = counts(office.database)
    assert (rows - before[0], spent - before[1]) == (1, 1 if behind == "a receipt" else 0)
    assert all(set(row.answers) == {"q_overall", "q_good"} for row in stored(office.database))


def counts(database: Database) -> tuple[int, int]:
    """Stored answers, spent codes."""
    return how_many(database), how_many(database, SpentToken)


def a_filled_form(page: str) -> bytes:
    """What a browser without JavaScript sends: the main answer, then what was good."""
    fields = re.findall(r'<input type="hidden" name="(\w+)"[^>]*? value="([^"]*)"', httpx.get(page).text)
    return urlencode(
        [*fields, ("a.q_overall", "5"), ("a.q_good", "waiting"), ("a.q_good", "officer")]
    ).encode()


def send_half(page: str, body: bytes, length: str) -> None:
    """Cut off behind the main answer, where what has come is a form that can be read."""
    half = body[: body.index(b"&a.q_good")]
    sent = b"%x\r\n%s\r\n" % (len(half), half) if "chunked" in length else half
    parts = urlsplit(page)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        head = f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n{length}\r\n\r\n"
        connection.sendall(head.format(size=len(body)).encode() + sent)
        time.sleep(SECONDS_TO_NOTICE)
    time.sleep(SECONDS_TO_NOTICE)
