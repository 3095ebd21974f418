"""Receipts on the wire."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.receipts.issuing import ReceiptOrder

MOST_AT_ONCE = 500
MOST_LABELS = 600


class ReceiptIn(BaseModel):
    """What one receipt is about."""

    model_config = ConfigDict(extra="forbid")

    unit: str = Field(min_length=1, max_length=35)
    service: str = Field("", max_length=35)
    submission: Literal["counter", "online", "post", "unknown"] = "unknown"
    stage: Literal["", "received", "returned"] = ""
    expires_on: date | None = Field(None, description="the usual day where it is not said")

    def order(self) -> ReceiptOrder:
        return ReceiptOrder(self.unit, self.service, self.submission, self.stage, self.expires_on)


class SheetQuery(ReceiptIn):
    """A sheet of equal labels, as the form of the console asks for it."""

    round: str = Field(min_length=1, max_length=40)
    count: int = Field(12, ge=1, le=MOST_LABELS)


class ReceiptsIn(BaseModel):
    """Receipts of one round."""

    model_config = ConfigDict(extra="forbid")

    round: str = Field(min_length=1, max_length=40)
    receipts: list[ReceiptIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ReceiptOut(BaseModel):
    """One token, its link and the address of its QR picture."""

    token: str
    url: str
    qr_svg: str
    qr_png: str
    expires_on: date
