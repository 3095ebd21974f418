"""Alerts leave the house: e-mail over STARTTLS, signed webhooks, tried again, never to inner addresses."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from builders.mail import PASSWORD, USER, MailServer, WebServer, a_certificate, a_mail_server, a_web_server
from builders.units import a_province_with_communes
from sqlmodel import Session, select

from app.accounts.service import COMMAND_LINE
from app.alerts import receivers, service
from app.alerts.addresses import resolve
from app.alerts.delivery import BACK_OFF, deliver
from app.alerts.receivers import NewReceiver
from app.alerts.rules import Finding
from app.alerts.tables import AlertDelivery
from app.core import clock
from app.core.config import settings
from app.core.database import Database
from app.core.errors import Invalid

GAP = Finding("kiosk_gap", "07777", "", "k1", {"missing": 3, "made": 90})
SILENT = Finding("kiosk_silent", "07774", "2026-11-22", "k2", {})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def mail(certificate: Path, monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[MailServer]:
    with a_mail_server(certificate) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        for name, value in {
            "HOST": "localhost",
            "PORT": str(server.port),
            "USER": USER,
            "PASSWORD": PASSWORD,
            "FROM": "canh-bao@bacninh.example",
        }.items():
            monkeypatch.setenv(f"SIPAS_SMTP_{name}", value)
        settings.cache_clear()
        yield server


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[WebServer]:
    monkeypatch.setenv("SIPAS_WEBHOOK_INTERNAL", "true")
    settings.cache_clear()
    with a_web_server() as server:
        yield server


def raise_alerts(database: Database, new: NewReceiver, *findings: Finding) -> receivers.Issued:
    """A province whose receiver is told of these."""
    with database.write() as session:
        a_province_with_communes(session)
        issued = receivers.add_receiver(session, new, by=COMMAND_LINE)
        service.reconcile(session, findings)
    return issued


def waiting(session: Session) -> list[AlertDelivery]:
    return [one for one in session.exec(select(AlertDelivery)) if one.due_at is not None]


def test_alerts_come_as_one_letter_over_an_encrypted_line(database: Database, mail: MailServer) -> None:
    raise_alerts(database, NewReceiver("email", "Văn phòng", "vp@bacninh.example"), GAP, SILENT)
    assert deliver(database) == 2
    [letter] = mail.letters
    assert mail.were_encrypted == [True]
    assert mail.logins == [(USER, PASSWORD)]
    assert letter["Subject"] == "Khảo sát sự hài lòng: 2 cảnh báo"
    assert (letter["To"], letter["From"]) == ("vp@bacninh.example", "canh-bao@bacninh.example")
    text = letter.get_content()
    assert "Phường Việt Yên: 3 trong 90 phiếu của một kiosk chưa về" in text
    assert "/console/kiosks" in text
    assert deliver(database) == 0
    assert len(mail.letters) == 1


def test_a_server_whose_certificate_is_not_trusted_gets_no_letter(
    database: Database, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    raise_alerts(database, NewReceiver("email", "Văn phòng", "vp@bacninh.example"), GAP)
    assert deliver(database) == 0
    assert (mail.letters, mail.logins) == ([], [])
    with database.read() as session:
        [late] = waiting(session)
        assert late.last_error == "mail server: SSLCertVerificationError"


def test_a_webhook_is_signed_over_its_moment_and_body(database: Database, web: WebServer) -> None:
    issued = raise_alerts(database, NewReceiver("webhook", "Trục", f"{web.url}/alerts"), GAP)
    assert deliver(database) == 1
    [(headers, body)] = web.posts
    signed = f"{headers['X-Sipas-Timestamp']}.".encode() + body
    wanted = hmac.new(issued.secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Sipas-Signature"] == f"sha256={wanted}"
    [told] = json.loads(body)["alerts"]
    assert (told["rule"], told["unit"], told["event"]) == ("kiosk_gap", "07777", "opened")
    assert told["numbers"] == {"missing": 3, "made": 90}
    with database.write() as session:
        service.reconcile(session, [])
    deliver(database)
    assert json.loads(web.posts[1][1])["alerts"][0]["event"] == "closed"


def test_what_does_not_arrive_is_sent_again_with_longer_waits_and_then_given_up(
    database: Database, web: WebServer
) -> None:
    now = clock.now()
    with clock.fixed(now):
        raise_alerts(database, NewReceiver("webhook", "Trục", web.url), GAP)
    web.statuses = [500, 302, *[503] * 10]
    waits = []
    for _ in range(len(BACK_OFF) + 1):
        with clock.fixed(now):
            assert deliver(database) == 0
        with database.read() as session:
            due = [one.due_at for one in waiting(session) if one.due_at is not None]
        waits += [when - now for when in due]
        now = due[0] if due else now + timedelta(days=9)
    assert waits == list(BACK_OFF)
    assert len(web.posts) == len(BACK_OFF) + 1
    assert len({json.loads(body)["alerts"][0]["delivery_id"] for _, body in web.posts}) == 1
    with database.read() as session:
        count, reason = next(iter(receivers.troubles(session).values()))
    assert (count, reason) == (1, "status 503")


def test_a_receiver_hears_of_its_own_units_and_nothing_after_it_is_removed(
    database: Database, web: WebServer
) -> None:
    issued = raise_alerts(database, NewReceiver("webhook", "Trục", web.url, "/24/07774/"), GAP, SILENT)
    assert deliver(database) == 1
    assert json.loads(web.posts[0][1])["alerts"][0]["unit"] == "07774"
    with database.write() as session:
        receivers.remove_receiver(session, issued.receiver.receiver_id, by=COMMAND_LINE)
        service.reconcile(session, [])
    assert deliver(database) == 0


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x",
        "https://10.1.2.3/",
        "https://192.168.0.4:8443/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://0.0.0.0/",
        "https://localhost/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://100.64.0.1/",
        "http://example.vn/",
        "https://user:pass@example.vn/",
        "ftp://example.vn/",
        "https:///x",
        "https://example.vn:0/",
        "https://[::1",
    ],
)
def test_a_webhook_never_goes_to_an_inner_address(address: str) -> None:
    settings.cache_clear()
    with pytest.raises(Invalid):
        resolve(address)


def test_what_is_not_an_e_mail_address_is_refused(database: Database) -> None:
    for address in ("không phải thư", "a@b@c", "a b@c.vn", "a@b.vn\nBcc: x@y.vn", "@c.vn"):
        with database.write() as session, pytest.raises(Invalid):
            receivers.add_receiver(session, NewReceiver("email", "x", address), by=COMMAND_LINE)
