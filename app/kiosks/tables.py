"""Kiosks: devices with a credential of their own, enrolled by a one-time code."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column
from sqlmodel import Field, SQLModel


class Kiosk(SQLModel, table=True):
    """A kiosk of a unit and the device it has now: `device_id` lasts while its credential is changed."""

    __tablename__ = "kiosk"

    kiosk_id: str = Field(primary_key=True)
    unit_code: str = Field(foreign_key="unit.unit_code", index=True, max_length=35)
    name: str = Field(max_length=120)
    device_id: str | None = Field(default=None, index=True, unique=True, max_length=32)
    credential_digest: str | None = Field(default=None, unique=True)
    next_digest: str | None = Field(default=None, index=True, unique=True)
    credential_at: datetime | None = None
    opening_hours: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    created_at: datetime
    enrolled_at: datetime | None = None
    revoked_at: datetime | None = None


class EnrolmentCode(SQLModel, table=True):
    """A short-lived code shown once to the operator, redeemed once by the device."""

    __tablename__ = "enrolment_code"

    code_digest: str = Field(primary_key=True)
    kiosk_id: str = Field(foreign_key="kiosk.kiosk_id", index=True)
    expires_at: datetime
    redeemed_at: datetime | None = None


class KioskDevice(SQLModel, table=True):
    """One connected device as last heard of: overwritten at every contact, so that it keeps no history."""

    __tablename__ = "kiosk_device"

    device_id: str = Field(primary_key=True, max_length=32)
    kiosk_id: str = Field(foreign_key="kiosk.kiosk_id", index=True)
    made: int = Field(default=0, sa_type=BigInteger)
    duplicates: int = 0
    queue_length: int = 0
    waiting: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    aside: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    contact_at: datetime | None = None
    version: str = Field(default="", max_length=40)
    is_persisted: bool | None = None
    is_full: bool = False
    works_offline: bool | None = None
    skew_seconds: int | None = None
    last_answer_on: date | None = None
    battery_pct: int | None = None


class KioskRange(SQLModel, table=True):
    """Sequence numbers of a device whose responses are stored; a response row carries none."""

    __tablename__ = "kiosk_range"
    __table_args__ = (
        CheckConstraint("first >= 1", name="numbers_begin_at_one"),
        CheckConstraint("last >= first", name="ends_after_it_begins"),
    )

    device_id: str = Field(foreign_key="kiosk_device.device_id", primary_key=True, max_length=32)
    first: int = Field(primary_key=True, sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)


class KioskDay(SQLModel, table=True):
    """How far a device's numbers had come by the end of a local day; what it made is the difference."""

    __tablename__ = "kiosk_day"

    device_id: str = Field(foreign_key="kiosk_device.device_id", primary_key=True, max_length=32)
    counted_on: date = Field(primary_key=True)
    made: int = Field(default=0, sa_type=BigInteger)
    duplicates: int = 0


class UnitThanks(SQLModel, table=True):
    """What a unit tells people after they have answered, in one language."""

    __tablename__ = "unit_thanks"

    unit_code: str = Field(foreign_key="unit.unit_code", primary_key=True, max_length=35)
    language: str = Field(primary_key=True, max_length=5)
    words: str = Field(max_length=160)
