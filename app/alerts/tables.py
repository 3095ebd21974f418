"""Alerts, who is told of them, and what was sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

KIOSK_RULES = ("kiosk_silent", "kiosk_gap", "kiosk_full", "kiosk_aside", "kiosk_duplicate")
RULES = ("below_target", "control_signal", "sample_behind", "flagged_high", *KIOSK_RULES, "unit_silent")
RECEIVER_KINDS = ("email", "webhook")
EVENTS = ("opened", "closed")


class Alert(SQLModel, table=True):
    """What needs somebody's eye: once a rule, unit, subject (a kiosk) and period. No personal data."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(f"rule IN {RULES}", name="known_rule"),
        UniqueConstraint("rule", "unit_code", "subject", "period"),
        Index("ix_alert_closed_at", "closed_at"),
    )

    alert_id: str = Field(primary_key=True, max_length=36)
    rule: str = Field(max_length=40)
    unit_code: str = Field(max_length=35)
    subject: str = Field(default="", max_length=64)
    period: str = Field(default="", max_length=40)
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = Field(default="", max_length=120)
    note: str = Field(default="", max_length=400)


class AlertReceiver(SQLModel, table=True):
    """Who is told: an e-mail address or a webhook. Its secret is derived, never stored."""

    __tablename__ = "alert_receiver"
    __table_args__ = (CheckConstraint(f"kind IN {RECEIVER_KINDS}", name="known_kind"),)

    receiver_id: str = Field(primary_key=True, max_length=36)
    kind: str = Field(max_length=20)
    name: str = Field(max_length=120)
    address: str = Field(max_length=400)
    language: str = Field(default="vi", max_length=5)
    unit_path: str = Field(max_length=400)
    created_at: datetime
    created_by: str = Field(max_length=120)
    removed_at: datetime | None = None


class AlertDelivery(SQLModel, table=True):
    """One event of an alert for one receiver: waiting, delivered, or given up."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        CheckConstraint(f"event IN {EVENTS}", name="known_event"),
        Index("ix_alert_delivery_due_at", "due_at"),
    )

    delivery_id: str = Field(primary_key=True, max_length=36)
    alert_id: str = Field(foreign_key="alert.alert_id", index=True, max_length=36)
    receiver_id: str = Field(foreign_key="alert_receiver.receiver_id", index=True, max_length=36)
    event: str = Field(max_length=20)
    attempts: int = 0
    due_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str = Field(default="", max_length=200)
