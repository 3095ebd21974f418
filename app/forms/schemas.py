"""Forms on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class PublishIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    form: str = Field(min_length=1, max_length=40, description="code of a shipped definition")


class VersionOut(BaseModel):
    """A published version; `form_version` is the hash of everything in it."""

    form_version: str
    form_code: str
    number: int
    title: dict[str, str]
    languages: list[str]
    published_at: datetime


class FormOut(VersionOut):
    """With the whole definition."""

    definition: dict[str, Any]
