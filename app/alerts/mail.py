"""Alerts by e-mail: one plain message for all that is due, the server's certificate checked.

The limits of smtplib hold for each byte alone, so the connection is ended from outside when time is up.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from app.alerts.tables import AlertReceiver
from app.alerts.telling import Message, NotSent
from app.core import clock
from app.core.config import Settings, settings
from app.core.language import translator

SECONDS = 20  # for the whole conversation


def send(receiver: AlertReceiver, messages: Sequence[Message]) -> None:
    """Hand the message to the mail server. Raises: NotSent, after SECONDS at the latest."""
    config = settings()
    if not config.smtp_host:
        raise NotSent("SIPAS_SMTP_HOST is not set")
    try:
        with _time_limit() as limit, _server(config, limit) as server:
            if config.smtp_user:
                server.login(config.smtp_user, config.smtp_password)
            server.send_message(letter(receiver, messages))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(f"mail server: {type(error).__name__}") from error


class _Limit:
    """Holds on to a connection under whatever encryption it gets, to end it from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._is_over = False

    def hold(self, connection: socket.socket) -> None:
        with self._lock:
            self._held.append(connection.dup())
        if self._is_over:
            self.end()

    def end(self) -> None:
        """Whoever reads or writes there gets an error at once."""
        with self._lock:
            self._is_over = True
            for connection in self._held:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        with self._lock:
            while self._held:
                self._held.pop().close()


@contextmanager
def _time_limit() -> Iterator[_Limit]:
    """What connects under it is cut off after SECONDS."""
    limit = _Limit()
    timer = threading.Timer(SECONDS, limit.end)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
        timer.join()
        limit.release()


class _Plain(smtplib.SMTP):
    """A conversation that a limit can end, from the first byte of the greeting on."""

    def __init__(self, config: Settings, limit: _Limit) -> None:
        self._limit = limit
        super().__init__(config.smtp_host, config.smtp_port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._limit.hold(made)
        return made


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """The same under TLS: its handshake comes after `_Plain` has connected."""

    def __init__(self, config: Settings, limit: _Limit) -> None:
        self._limit = limit
        context = ssl.create_default_context()
        smtplib.SMTP_SSL.__init__(self, config.smtp_host, config.smtp_port, timeout=SECONDS, context=context)


def _server(config: Settings, limit: _Limit) -> smtplib.SMTP:
    if config.smtp_security == "tls":
        return _Encrypted(config, limit)
    server = _Plain(config, limit)
    if config.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except Exception:
            server.close()
            raise
    return server


def letter(receiver: AlertReceiver, messages: Sequence[Message]) -> EmailMessage:
    """The e-mail: what was found, what to look at, where."""
    say, made = translator(receiver.language), EmailMessage()
    subject = say("Citizen satisfaction survey: {count} alerts").format(count=len(messages))
    if len(messages) == 1:
        subject = f"{say('Citizen satisfaction survey')}: {messages[0].alert.rule_name}"
    made["Subject"] = subject
    made["From"] = sender_of(settings())
    made["To"] = receiver.address
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = make_msgid(domain=made["From"].split("@")[-1])
    made["Auto-Submitted"] = "auto-generated"
    told = [f"{one.alert.sentence}\n{one.alert.advice}\n{one.address}\n" for one in messages]
    foot = say("Sent because an administrator named this address as receiver of alerts.")
    made.set_content("\n".join([*told, foot]) + "\n")
    return made


def sender_of(config: Settings) -> str:
    return config.smtp_from or f"sipas@{urlsplit(config.link_base).hostname or 'localhost'}"
