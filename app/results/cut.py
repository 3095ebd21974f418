"""Which of a round's answers count in a figure. Light: pages import it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """Which answers count: `mixed` ones only, `through` a day where it is given.

    A cut of mixed answers can be made again. `from_table` leaves the parts aside: slower, but it sees what is
    really stored.
    """

    mixed: bool = False
    through: str = ""
    from_table: bool = False


EVERYTHING = Cut()
MIXED = Cut(mixed=True)
