"""Alerts on the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class AlertOut(BaseModel):
    """`state` is open, acknowledged or closed; `link` the console's page that explains it."""

    alert_id: str
    rule: str
    rule_name: str
    state: str
    unit_code: str
    unit_name: str
    period: str
    subject: str
    sentence: str
    advice: str
    link: str
    opened_at: datetime
    closed_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str


class NoteIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(max_length=400)


class ReceiverIn(BaseModel):
    """`unit` empty is everywhere; `kind` email or webhook."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    name: str = Field(max_length=120)
    address: str = Field(max_length=400)
    unit: str = ""
    language: str = "vi"


class ReceiverOut(BaseModel):
    """`secret` is there once, when a webhook is made."""

    receiver_id: str
    kind: str
    name: str
    address: str
    language: str
    unit_path: str
    secret: str = ""
