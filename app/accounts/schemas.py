"""Accounts on the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class GrantOut(BaseModel):
    role: str
    unit_path: str


class ActorOut(BaseModel):
    name: str
    kind: str
    grants: list[GrantOut]


class KeyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=120)
    role: str
    unit: str = ""


class KeyOut(BaseModel):
    key_id: str
    name: str
    role: str
    unit_path: str
    created_at: datetime
    revoked_at: datetime | None


class IssuedKeyOut(BaseModel):
    """`secret` appears in this reply and never again."""

    key_id: str
    secret: str
