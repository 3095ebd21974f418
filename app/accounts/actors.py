"""Who asks, and what they may do: roles in one order, each over a unit and everything below it."""

from dataclasses import dataclass

from app.accounts.tables import ROLES
from app.core.errors import Forbidden

EVERYWHERE = "/"
RANK = {role: len(ROLES) - place for place, role in enumerate(ROLES)}


def is_within(unit_path: str, ancestor_path: str) -> bool:
    """Whether a unit is the ancestor itself or stands below it."""
    return _closed(unit_path).startswith(_closed(ancestor_path))


def _closed(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role over one subtree."""

    role: str
    unit_path: str

    def covers(self, role: str, unit_path: str) -> bool:
        return RANK[self.role] >= RANK[role] and is_within(unit_path, self.unit_path)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a machine or the command line; `csrf_token` belongs to a person's session."""

    name: str
    kind: str
    grants: tuple[Grant, ...]
    csrf_token: str = ""

    def may(self, role: str, unit_path: str = EVERYWHERE) -> bool:
        """Whether some grant gives this role, or a higher one, over the unit."""
        return any(grant.covers(role, unit_path) for grant in self.grants)

    def may_somewhere(self, role: str) -> bool:
        return any(grant.covers(role, grant.unit_path) for grant in self.grants)

    def paths(self, role: str) -> tuple[str, ...]:
        """The tops of the subtrees where this role holds."""
        return tuple(grant.unit_path for grant in self.grants if grant.covers(role, grant.unit_path))


def require(actor: Actor, role: str, unit_path: str = EVERYWHERE) -> None:
    """Raise Forbidden unless the actor has the role over the unit."""
    if not actor.may(role, unit_path):
        raise missing_role(actor, role)


def require_somewhere(actor: Actor, role: str) -> None:
    """Raise Forbidden unless the actor has the role over at least one unit."""
    if not actor.may_somewhere(role):
        raise missing_role(actor, role)


def missing_role(actor: Actor, role: str) -> Forbidden:
    """What to raise where the actor lacks the role."""
    return Forbidden(
        "{name} may not do this: it needs the role {role} for this unit",
        where="role",
        remedy="ask an administrator for the role",
        name=actor.name,
        role=role,
    )


COMMAND_LINE = Actor("command line", "command", (Grant("administrator", EVERYWHERE),))
