"""Receipts on the wire."""

from dataclasses import replace
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


class DossierReceiptIn(ReceiptIn):
    """The same for one dossier: asked for again, it gives the same receipt."""

    dossier: str = Field(
        "",
        max_length=80,
        description="the dossier's number; kept as a keyed digest until the receipt expires",
    )

    def order(self) -> ReceiptOrder:
        return replace(ReceiptIn.order(self), dossier=self.dossier.strip())


class SheetQuery(ReceiptIn):
    """A sheet of equal labels, as the form of the console asks for it."""

    round: str = Field(min_length=1, max_length=40)
    count: int = Field(12, ge=1, le=MOST_LABELS)


class ReceiptsIn(BaseModel):
    """Receipts of one round."""

    model_config = ConfigDict(extra="forbid")

    round: str = Field(min_length=1, max_length=40)
    receipts: list[DossierReceiptIn] = Field(min_length=1, max_length=MOST_AT_ONCE)


class ReceiptOut(BaseModel):
    """One token, its link, the code to type, and the addresses of its QR picture."""

    status: Literal["issued", "repeated"]
    token: str
    short_code: str
    url: str
    qr_svg: str
    qr_png: str
    expires_on: date


class StartedOut(BaseModel):
    """How many people began to answer."""

    unit_code: str
    mode: str
    counter: str
    started_on: date
    started: int
