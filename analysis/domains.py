"""Domains of a survey design: which rows belong together, without cutting the design."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.arrays import BoolArray, IntArray
from analysis.design import Labels, codes_of


@dataclass(frozen=True, slots=True)
class SurveyDomains:
    """A partition of some rows.

    Shapes: `code` (n,), -1 for rows in no domain; `labels` one tuple a domain, in the order of `names`.
    """

    code: IntArray
    names: tuple[str, ...]
    labels: tuple[tuple[Hashable, ...], ...]

    @property
    def count(self) -> int:
        """The number of domains."""
        return len(self.labels)

    def within(self, rows: BoolArray) -> "SurveyDomains":
        """The same domains, of these rows only; the others belong nowhere and keep their units in the design.

        Shapes: rows (n,).  Units: none.  Raises: nothing.
        Source: R survey `subset.survey.design2`.  Check: tests/golden/oracle (P16, P31-P33).
        """
        return SurveyDomains(np.where(rows, self.code, -1), self.names, self.labels)


def survey_domains(columns: Mapping[str, Labels], *, size: int) -> SurveyDomains:
    """The combinations of the columns that occur; no columns give one domain, the whole file.

    Shapes: every column (n,).  Units: codes.  Raises: ShapeMismatch.
    Source: none.  Check: tests/unit/analysis/test_survey_design.py
    """
    code, labels = codes_of(list(columns.values()), size)
    return SurveyDomains(code, tuple(columns), labels)


def whole_file(size: int) -> SurveyDomains:
    """One domain: everybody.

    Shapes: (n,).  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_survey_design.py
    """
    return SurveyDomains(np.zeros(size, dtype=np.int64), (), ((),))
