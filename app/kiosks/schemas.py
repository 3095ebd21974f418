"""Kiosks on the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class RedeemIn(BaseModel):
    """The one-time code, as somebody typed it."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=40)


class UnitOut(BaseModel):
    code: str
    name: str


class RedeemedOut(BaseModel):
    """What the device keeps: its credential is shown this once."""

    kiosk_id: str
    name: str
    credential: str
    unit: UnitOut


class ScreensOut(BaseModel):
    """Everything a kiosk needs until it asks again; `round` is null while no survey runs here."""

    unit: UnitOut
    round: str | None
    form_version: str | None
    mode: str
    now: datetime = Field(description="the server's clock: the device counts its local date from it")
    time_zone: str
    idle_seconds: int
    warning_seconds: int
    thanks_seconds: int
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
