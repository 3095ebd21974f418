"""Kiosks: devices with a credential of their own, enrolled by a one-time code."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Kiosk(SQLModel, table=True):
    __tablename__ = "kiosk"

    kiosk_id: str = Field(primary_key=True)
    unit_code: str = Field(foreign_key="unit.unit_code", index=True, max_length=35)
    name: str = Field(max_length=120)
    credential_digest: str | None = Field(default=None, unique=True)
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
