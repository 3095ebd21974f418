"""Published forms."""

from sqlmodel import Session

from app.forms.service import publish


def a_published_form(session: Session, code: str = "quick") -> str:
    """The form version of a shipped definition."""
    return publish(session, code, by="tests").form_version
