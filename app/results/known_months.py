"""Answers of the months whose dossiers are in, and whether they may be told apart from the others. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

UnitMonth = tuple[str, str]


class KnownMonths:
    """Months with dossiers (`known`) and with answers (`answered`), by unit.

    Answers of the months with dossiers are told where that says no more than months that are shown: where
    they are all answers, or sums of shown months.
    """

    def __init__(
        self,
        known: Collection[UnitMonth],
        answered: Iterable[UnitMonth],
        *,
        is_hidden: Callable[[str], bool],
    ) -> None:
        self.known, self._is_hidden = known, is_hidden
        self._with_dossiers: dict[str, set[str]] = defaultdict(set)
        self._with_answers: dict[str, set[str]] = defaultdict(set)
        for unit, month in known:
            self._with_dossiers[unit].add(month)
        for unit, month in answered:
            self._with_answers[unit].add(month)

    def are_all(self, units: Iterable[str]) -> bool:
        """Whether every answer of these units is of a month with dossiers."""
        return all(self._with_answers[unit] <= self._with_dossiers[unit] for unit in units)

    def unknown(self, units: Collection[str]) -> frozenset[str]:
        """Months in which one of these units has answers and no dossiers."""
        return frozenset(m for u in units for m in self._with_answers[u] - self._with_dossiers[u])

    def tell(self, unit: str, here: Collection[str]) -> bool:
        """Whether a unit's answers of the months with dossiers may be told; `here` are all units below it."""
        if self.are_all(here):
            return True
        kinds = {frozenset(self._with_dossiers[code]) for code in here if self._with_answers[code]}
        concerned = [unit] if len(kinds) < 2 else [unit, *here]
        return not any(map(self._is_hidden, concerned))
