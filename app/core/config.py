"""Every setting of the program: environment variables `SIPAS_*`, read once, checked at start-up."""

import os
import re
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.errors import Invalid
from app.core.mistakes import problem_of

PREFIX = "SIPAS_"
LANGUAGES = ("vi", "en")
KEY_BYTES = 32
OPENING_HOURS = r"^[1-7]-[1-7] (?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$"


class Settings(BaseSettings):
    """Frozen: a running program never changes its settings."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", populate_by_name=True)

    home: Path = Field(Path("var"), description="folder of the database, the lake, keys and backups")
    host: str = Field("127.0.0.1", description="address the server listens on")
    port: int = Field(
        8000,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("SIPAS_PORT", "PORT", "port"),
        description="port; PORT also works",
    )
    database_url: str = Field("", description="SQLAlchemy address; empty = SQLite in the home folder")
    public_url: str = Field("", description="address citizens reach; every link and QR begins with it")
    secret_key: str = Field(
        "", description="key of signatures and digests; empty = kept in a file of the home folder"
    )
    language: str = Field("vi", description="language when neither link nor cookie says: vi or en")
    time_zone: str = Field("Asia/Ho_Chi_Minh", description="zone of every local date")
    max_body_bytes: int = Field(64 * 1024, ge=1024, description="largest body of a citizen's request")
    max_upload_bytes: int = Field(32 * 1024 * 1024, ge=1024, description="largest file staff may upload")
    late_days: int = Field(
        60, ge=0, description="days after a round's period in which its answers may still arrive"
    )
    writer_queue: int = Field(2000, ge=1, description="responses waiting for the disk before 503 is answered")
    session_hours: int = Field(12, ge=1, description="hours a staff log-in lasts without use")
    enrolment_minutes: int = Field(30, ge=1, description="minutes a kiosk's one-time code can be redeemed")
    credential_days: int = Field(30, ge=1, description="days after which a kiosk gets another credential")
    idle_seconds: int = Field(
        20, ge=5, description="quiet seconds before the kiosk asks whether someone is there"
    )
    thanks_seconds: int = Field(4, ge=1, le=30, description="seconds the kiosk thanks before the next person")
    opening_hours: str = Field(
        "1-5 07:30-17:00",
        description="days (Monday is 1) and hours in which kiosks are awake and a silent one is told of",
    )
    mix_hour: int = Field(1, ge=0, le=23, description="local hour of the daily mix")
    minimum_respondents: int = Field(5, ge=2, description="fewer respondents than this hide a figure")
    review_rows: Literal["shown", "hidden"] = Field(
        "shown", description="what the public sees of rows marked review"
    )
    alert_minutes: int = Field(5, ge=1, description="minutes between two looks at what alerts are raised for")
    smtp_host: str = Field("", description="mail server that sends alerts; empty = no e-mail")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls, or none (inside one machine)"
    )
    smtp_user: str = Field("", description="log-in at the mail server; empty = none")
    smtp_password: str = Field("", description="its password")
    smtp_from: str = Field("", description="sender of alerts; empty = sipas@ the host of the public address")
    webhook_internal: bool = Field(
        False, description="true lets webhooks go to addresses that are not public, and over plain http"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    secure_cookies: bool | None = Field(
        None,
        description="cookies carry Secure and the __Host- prefix; empty = where the public address is https",
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise ValueError("the language {value} is not spoken here; use vi or en")
        return value

    @field_validator("opening_hours")
    @classmethod
    def _known_hours(cls, value: str) -> str:
        if not re.fullmatch(OPENING_HOURS, value):
            raise ValueError("{value} are no opening hours; write them as 1-5 07:30-17:00, Monday is 1")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("there is no time zone {value}; write one as Asia/Ho_Chi_Minh") from None
        return value

    @property
    def has_secure_cookies(self) -> bool:
        is_https = self.public_url.lower().startswith("https://")
        return is_https if self.secure_cookies is None else self.secure_cookies

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'sipas.db'}"

    @property
    def link_base(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def signing_key(self) -> str:
        """The key of signatures: from the environment, else made once and kept readable by its owner only."""
        return self.secret_key or _kept_key(self.home / "secret.key")


@lru_cache(maxsize=8)  # asked for at every response
def _kept_key(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(KEY_BYTES))
    except FileExistsError:
        pass  # another process made it in the same moment
    return path.read_text(encoding="ascii").strip()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. Raises: Invalid with every variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [problem_of(item, _variable(item["loc"])) for item in error.errors(include_url=False)]
        raise Invalid(
            "{count} settings cannot be used",
            where=problems[0].where,
            remedy="correct the environment variables listed; app/README.md says what each takes",
            problems=problems,
            count=len(problems),
        ) from None


def _variable(place: tuple[int | str, ...]) -> str:
    """The environment variable behind a setting; a port may have come under either of its names."""
    name = str(place[0]) if place else ""
    if name == f"{PREFIX}PORT" and name not in os.environ:
        return "PORT"
    return name if name.startswith(PREFIX) else f"{PREFIX}{name.upper()}"


def language_of_messages() -> str:
    """The language the settings ask for, also where they cannot be used."""
    asked = os.environ.get(f"{PREFIX}LANGUAGE", "")
    return asked if asked in LANGUAGES else LANGUAGES[0]
