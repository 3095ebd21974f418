"""What a receiver is told: the alert in words and numbers, and why it could not be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.alerts.views import AlertView
from app.core.config import settings


class NotSent(Exception):
    """A message that did not arrive; the text says why, without address or secret."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event of an alert; the same delivery id comes again when it is sent again."""

    delivery_id: str
    event: str
    alert: AlertView
    detail: Mapping[str, Any]

    @property
    def address(self) -> str:
        return settings().link_base + self.alert.link

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        one = self.alert
        return {
            "delivery_id": self.delivery_id,
            "event": self.event,
            "alert_id": one.alert_id,
            "rule": one.rule,
            "unit": one.unit_code,
            "unit_name": one.unit_name,
            "subject": one.subject,
            "period": one.period,
            "opened_at": one.opened_at.isoformat(),
            "closed_at": one.closed_at.isoformat() if one.closed_at else None,
            "sentence": one.sentence,
            "look_at": self.address,
            "numbers": dict(self.detail),
        }
