"""Kiosks on the wire."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LARGEST_NUMBER = 2**53 - 1  # the largest whole number a browser counts to
MOST_RANGES = 2_000


class RedeemIn(BaseModel):
    """The one-time code, as somebody typed it."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=40)


class PlaceOut(BaseModel):
    """The unit a device stands in."""

    code: str
    name: str


class RedeemedOut(BaseModel):
    """What the device keeps: its credential is shown this once."""

    kiosk_id: str
    device_id: str
    name: str
    credential: str
    unit: PlaceOut


class OpeningOut(BaseModel):
    """Days of the week (Monday is 1) and local times as HH:MM; `closes` may be 24:00."""

    first_day: int
    last_day: int
    opens: str
    closes: str


class ScreensOut(BaseModel):
    """Everything a kiosk needs until it asks again; `round` is null while no survey runs here."""

    unit: PlaceOut
    device_id: str = Field(description="whose count the sequence numbers belong to")
    version: str = Field(description="of the kiosk's pages on this server")
    round: str | None
    form_version: str | None
    mode: str
    now: datetime = Field(description="the server's clock: the device counts its local date from it")
    time_zone: str
    idle_seconds: int
    warning_seconds: int
    thanks_seconds: int
    opening: OpeningOut | None = Field(description="when it is awake; null: always")
    screens: dict[str, str] = Field(description="the screens by language, as HTML")


class EnrolIn(BaseModel):
    """A new kiosk of a unit."""

    model_config = ConfigDict(extra="forbid")

    unit: str = Field(min_length=1, max_length=35)
    name: str = Field("", max_length=120)


class EnrolledOut(BaseModel):
    """The one-time code, shown this once, and where it is typed."""

    kiosk_id: str
    code: str
    url: str
    expires_in_minutes: int


class KioskOut(BaseModel):
    kiosk_id: str
    unit: str
    name: str
    enrolled: bool
    revoked: bool


Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Numbers = Annotated[list[tuple[Number, Number]], Field(max_length=MOST_RANGES)]


class HeartbeatIn(BaseModel):
    """What a device tells about itself; numbers are the ranges of its own count."""

    model_config = ConfigDict(extra="ignore")  # a newer device may tell more than this server knows

    version: str = Field("", max_length=40)
    made: int = Field(ge=0, le=LARGEST_NUMBER, description="the highest sequence number it has given")
    queue_length: int = Field(0, ge=0, description="answers it holds, those set aside too")
    waiting: Numbers = Field(default_factory=list, description="numbers it will send again: [[first, last]]")
    aside: Numbers = Field(default_factory=list, description="numbers the server refused")
    persisted: bool | None = Field(None, description="whether the browser promised to keep its storage")
    full: bool = Field(False, description="it could not keep an answer and has stopped accepting")
    works_offline: bool | None = Field(None, description="whether it starts without the network")
    device_now: AwareDatetime = Field(description="its own clock, uncorrected")
    last_answer_on: date | None = None
    battery_pct: int | None = Field(None, ge=0, le=100)


class HeartbeatOut(BaseModel):
    """The server's version and clock: what the device compares its own with."""

    version: str
    now: datetime
    credential: str | None = Field(None, description="to be shown from now on, which ends the earlier one")


class DayOut(BaseModel):
    """Answers first heard of on one local day."""

    day: date
    made: int
    missing: int
    duplicate: int
    waiting: int
    aside: int


class FleetOut(BaseModel):
    """A kiosk as the office sees it: what is stored, what is not, and what is wrong with the device."""

    kiosk_id: str
    unit: str
    name: str
    revoked: bool
    made: int
    missing: int
    duplicate: int
    waiting: int
    aside: int
    contact_at: datetime | None = Field(description="to the minute")
    version: str
    persisted: bool | None
    skew_seconds: int | None
    last_answer_on: date | None
    battery_pct: int | None
    flags: list[str]
    days: list[DayOut]
