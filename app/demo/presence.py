"""Whether the demo is here: asked at every start, so light to import."""

from sqlmodel import Session

from app.accounts.staff import list_staff
from app.units.service import list_units

DEMO_USER = "demo"
DEMO_PASSWORD = "mo-phong-2026"  # published on purpose: it opens simulated data only


def is_demo(session: Session) -> bool:
    """Whether this home holds the demo: pages then say so."""
    return any(person.username == DEMO_USER for person in list_staff(session))


def is_empty(session: Session) -> bool:
    """Whether nobody and nothing is here yet."""
    return not list_staff(session) and not list_units(session, limit=1)
