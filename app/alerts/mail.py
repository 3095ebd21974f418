"""Alerts by e-mail: one plain message for all that is due, the server's certificate checked."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

from app.alerts.tables import AlertReceiver
from app.alerts.telling import Message, NotSent
from app.core import clock
from app.core.config import Settings, settings
from app.core.language import translator

SECONDS = 20


def send(receiver: AlertReceiver, messages: Sequence[Message]) -> None:
    """Hand the message to the mail server. Raises: NotSent."""
    config = settings()
    if not config.smtp_host:
        raise NotSent("SIPAS_SMTP_HOST is not set")
    try:
        with _server(config) as server:
            if config.smtp_user:
                server.login(config.smtp_user, config.smtp_password)
            server.send_message(letter(receiver, messages))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(f"mail server: {type(error).__name__}") from error


def _server(config: Settings) -> smtplib.SMTP:
    if config.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(config.smtp_host, config.smtp_port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=SECONDS)
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
