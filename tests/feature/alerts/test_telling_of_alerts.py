"""Alerts leave the house: e-mail over STARTTLS, signed webhooks, tried again, never to inner addresses."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from builders.mail import PASSWORD, USER, MailServer, WebServer, a_certificate, a_mail_server, a_web_server
from builders.units import a_province_with_communes
from sqlmodel import Session, select

from app.accounts.service import COMMAND_LINE
from app.alerts import mail as letters
from app.alerts import receivers, service, webhook
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


@contextmanager
def a_dripping_server(first: bytes) -> Iterator[tuple[int, list[float]]]:
    """A server that sends a byte every 50 ms for ever, and notes when callers were gone."""
    listening, gone = socket.create_server(("127.0.0.1", 0)), list[float]()

    def drip(caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.sendall(first)
            while True:
                time.sleep(0.05)
                caller.sendall(b"x")
        gone.append(time.monotonic())

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), name="drip", daemon=True).start()

    threading.Thread(target=listen, name="drip", daemon=True).start()
    try:
        yield int(listening.getsockname()[1]), gone
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def our_threads() -> set[str]:
    """Threads that are neither pytest's nor the dripping server's."""
    return {one.name for one in threading.enumerate()} - {"drip"}


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


def test_receivers_that_drip_their_reply_are_cut_off_together_and_others_are_told_meanwhile(
    database: Database, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 1)
    before = our_threads()
    with a_dripping_server(b"HTTP/1.1 200 OK\r\nX-Slow: ") as (port, gone):
        raise_alerts(database, NewReceiver("webhook", "Chậm", f"http://127.0.0.1:{port}/"), GAP)
        with database.write() as session:
            for address in (f"http://127.0.0.1:{port}/2", f"http://127.0.0.1:{port}/3", web.url):
                receivers.add_receiver(session, NewReceiver("webhook", "Trục", address), by=COMMAND_LINE)
            service.reconcile(session, [GAP, SILENT])
        began = time.monotonic()
        arrived = deliver(database)
        assert 1 <= time.monotonic() - began < 3
        assert our_threads() == before
        time.sleep(0.3)
        assert len(gone) == 3
    assert arrived == len(json.loads(web.posts[0][1])["alerts"])
    with database.read() as session:
        late = waiting(session)
        assert {one.last_error for one in late} == {"TimeoutError"}
        assert len({one.receiver_id for one in late}) == 3
        assert all(one.due_at and one.due_at <= clock.now() + BACK_OFF[0] for one in late)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_mail_server_that_drips_its_greeting_is_cut_off(
    database: Database, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setattr(letters, "SECONDS", 1)
    before = our_threads()
    # under TLS the drip is a record of 16 KB that the handshake waits for
    with a_dripping_server(b"\x16\x03\x03\x40\x00" if security == "tls" else b"220 ") as (port, gone):
        for name, value in {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": security}.items():
            monkeypatch.setenv(f"SIPAS_SMTP_{name}", value)
        settings.cache_clear()
        raise_alerts(database, NewReceiver("email", "Văn phòng", "vp@bacninh.example"), GAP)
        began = time.monotonic()
        assert deliver(database) == 0
        assert time.monotonic() - began < 3
        assert our_threads() == before
        time.sleep(0.3)
        assert len(gone) == 1
    with database.read() as session:
        [late] = waiting(session)
        assert late.last_error.startswith("mail server: ")


def test_one_receiver_that_fails_in_an_unknown_way_does_not_keep_the_others(
    database: Database, web: WebServer
) -> None:
    raise_alerts(database, NewReceiver("webhook", "Lạ", f"http://{'a' * 70}.vn/"), GAP)
    with database.write() as session:
        receivers.add_receiver(session, NewReceiver("webhook", "Trục", web.url), by=COMMAND_LINE)
        service.reconcile(session, [GAP, SILENT])
    assert deliver(database) == 1
    with database.read() as session:
        assert {one.last_error for one in waiting(session)} == {"UnicodeError"}


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
