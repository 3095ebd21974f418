"""What the results routes return."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class RunSummary(BaseModel):
    """A recorded run without its rows."""

    run_id: str
    round_code: str
    created_at: datetime
    created_by: str
    settings: dict[str, Any]
    data_cut: dict[str, Any]
    form_versions: list[str]
    code_version: str
    row_count: int
    content_hash: str


class RunList(BaseModel):
    runs: list[RunSummary]
