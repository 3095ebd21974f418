"""Servers that are told: for mail with STARTTLS and log-in, and for the web, each on a port of its own."""

import base64
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

USER, PASSWORD = "canh-bao", "mat-khau-thu"
CERTIFY = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost"
)


@dataclass
class MailServer:
    """What arrived, and whether it came encrypted."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    were_encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)


def a_certificate(folder: Path) -> Path:
    """A certificate for localhost that signs itself, with its key."""
    key, public, both = folder / "key.pem", folder / "public.pem", folder / "localhost.pem"
    command = [*CERTIFY.split(), "-keyout", str(key), "-out", str(public)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(key.read_text() + public.read_text())
    return both


class Talk(socketserver.StreamRequestHandler):
    """One conversation in SMTP, as far as a client needs it."""

    sink: MailServer
    context: ssl.SSLContext
    is_encrypted = False

    def handle(self) -> None:
        self.say("220 localhost ESMTP")
        with suppress(ConnectionError, ssl.SSLError):
            while (word := self.rfile.readline().decode().strip()) and word.upper() != "QUIT":
                self.answer(word)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def answer(self, word: str) -> None:
        known = {"EHLO": self.greet, "STARTTLS": self.encrypt, "AUTH": self.log_in, "DATA": self.take}
        known.get(word.split(" ")[0].upper(), self.agree)(word)

    def greet(self, _word: str) -> None:
        self.say("250-localhost", "250-AUTH PLAIN" if self.is_encrypted else "250-STARTTLS", "250 SMTPUTF8")

    def encrypt(self, _word: str) -> None:
        self.say("220 go on")
        self.connection = self.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_encrypted = True

    def log_in(self, word: str) -> None:
        _, user, secret = base64.b64decode(word.split(" ")[2]).decode().split("\0")
        self.sink.logins.append((user, secret))
        self.say("235 welcome")

    def take(self, _word: str) -> None:
        self.say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.sink.letters.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.sink.were_encrypted.append(self.is_encrypted)
        self.say("250 kept")

    def agree(self, _word: str) -> None:
        self.say("250 ok")


@contextmanager
def a_mail_server(certificate: Path) -> Iterator[MailServer]:
    """A server that takes letters over STARTTLS."""
    sink, context = MailServer(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    talk = type("TalkToThis", (Talk,), {"sink": sink, "context": context})
    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), talk)) as port:
        sink.port = port
        yield sink


@dataclass
class WebServer:
    """Posts that came, and the statuses the next ones are answered with."""

    url: str = ""
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@contextmanager
def a_web_server() -> Iterator[WebServer]:
    """A receiver of webhooks over plain http."""
    sink = WebServer()

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sink.posts.append((dict(self.headers.items()), body))
            status = sink.statuses.pop(0) if sink.statuses else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{sink.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with _serving(HTTPServer(("127.0.0.1", 0), Talk)) as port:
        sink.url = f"http://127.0.0.1:{port}"
        yield sink


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
