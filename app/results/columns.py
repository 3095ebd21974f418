"""Every column of a table of estimates: its name, its kind, its digits and what it means.

The exports, the codebook sheet, the data dictionary and the hash of a run all read this list.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is text, whole or real; `digits` are those published; a hidden row keeps only `kept` ones."""

    name: str
    kind: str
    meaning: str
    digits: int = 0
    kept: bool = False


def _label(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning, kept=True)


DIMENSION_COLUMNS: dict[str, tuple[Column, ...]] = {
    "unit": (
        _label("unit_code", "Official code of the unit; empty is the whole round"),
        _label("unit_name", "Name of the unit; its figures include every unit below it"),
        _label("parent_code", "Code of the unit above it"),
    ),
    "service": (
        _label("service_code", "National code of the administrative procedure; empty is not known"),
        _label("service_name", "Name of the administrative procedure"),
    ),
    "field": (_label("field", "Field of the administrative procedure"),),
    "submission": (_label("submission", "How the dossier was filed: counter, online, post or unknown"),),
    "mode": (_label("mode", "How the answer came: kiosk, receipt, poster, portal, paper or interviewer"),),
    "month": (_label("month", "Month of the answer, YYYY-MM, local date"),),
    "sex": (
        _label("sex", "Sex, by the form's choice; empty is not answered or not asked"),
        _label("sex_name", "Wording of the choice"),
    ),
    "age_band": (
        _label("age_band", "Age band, by the form's choice; empty is not answered or not asked"),
        _label("age_band_name", "Wording of the choice"),
    ),
    "occupation": (
        _label("occupation", "Occupation, by the form's choice; empty is not answered or not asked"),
        _label("occupation_name", "Wording of the choice"),
    ),
}

MEASURE_COLUMNS = (
    _label("measure_kind", "What is measured: headline, criterion, factor or overall"),
    _label("measure", "Code of the item, the factor or the form"),
    _label("measure_name", "Wording of the item, the factor or the form"),
    _label(
        "formula",
        "Rule of calculation: satisfied_share, level_share, mean_score, pooled_answers or equal_criteria",
    ),
    _label("answer_level", "The level whose share it is, for level_share"),
    _label("partial_rule", "Forms used: complete_and_usable, or complete_only as a sensitivity check"),
    _label("measured_in", "Unit of estimate, se, low and high: pct (0 to 100) or points"),
    _label("state", "ok, review (read with care) or suppressed (not published)"),
    _label("reasons", "Why a figure is to be reviewed or is suppressed"),
)

FIGURE_COLUMNS = (
    Column("estimate", "real", "Weighted estimate", 2),
    Column("se", "real", "Standard error; 0 where no variation was seen", 2),
    Column("low", "real", "Lower limit of the interval", 2),
    Column("high", "real", "Upper limit of the interval", 2),
    Column("level_pct", "real", "Level of the interval, in percent", 2),
    Column("n", "whole", "People who answered"),
    Column("n_effective", "real", "Size of the simple random sample that would be as precise", 1),
    Column("n_star", "real", "Effective size that the interval uses", 1),
    Column("n_kish", "real", "Effective size after unequal weights alone", 1),
    Column("design_effect", "real", "Variance over that of a simple random sample of n", 2),
    Column("df", "real", "Degrees of freedom of the design", 1),
    Column("df_satterthwaite", "real", "Degrees of freedom after Satterthwaite", 1),
    Column("asked", "whole", "Times the items were shown and could be answered"),
    Column("blank", "whole", "Times they were left blank"),
    Column("blank_pct", "real", "Blank in percent of asked", 2),
    Column("no_opinion", "whole", "Times answered no opinion or not applicable"),
    Column("responses", "whole", "Eligible forms in the domain"),
    Column("population", "real", "Finished dossiers (or residents) in the domain: the population", 1),
    Column("provisional_population", "real", "Part of the population taken from another month", 1),
    Column("sum_weights", "real", "Sum of the weights of those who answered", 1),
    Column("covered_pct", "real", "Part of the population in units that have answers, in percent", 2),
    Column("responses_per_100_dossiers", "real", "Eligible forms for every 100 finished dossiers", 2),
    Column("mode_shares", "text", "How the forms came, in percent of the domain"),
    Column("cell_level", "text", "Coarsest weighting cell in use, L0 to L4"),
    Column("variance_kind", "text", "Variance between days (psu), between people (element) or both (mixed)"),
)

RUN_COLUMNS = (
    _label("round_code", "Survey round"),
    _label("basis", "opt_in (people chose to answer) or probability (a drawn sample)"),
    _label("population_kind", "What the population counts: finished_dossiers or residents_18"),
    _label("period_start_on", "First day of the period"),
    _label("period_end_on", "Last day of the period"),
    _label("method", "Method of the interval"),
    _label("fpc", "Finite-population correction"),
    _label("form_versions", "Forms answered, by the beginning of their version's hash"),
    _label("run_id", "The immutable run these figures belong to"),
    _label("note", "What the interval does and does not cover"),
)

STORED_LATER = ("measure_name", "note", "run_id")
"""Added when a run is exported: in the reader's language, or known only then."""


def columns_of(by: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a table by these dimensions, in order."""
    dimensions = tuple(column for word in by for column in DIMENSION_COLUMNS[word])
    return (*dimensions, *MEASURE_COLUMNS, *FIGURE_COLUMNS, *RUN_COLUMNS)


def every_column() -> tuple[Column, ...]:
    """The columns of all possible tables."""
    return columns_of(tuple(DIMENSION_COLUMNS))


def key_columns(by: Sequence[str]) -> tuple[str, ...]:
    """The columns that tell the rows of a table apart."""
    places = tuple(DIMENSION_COLUMNS[word][0].name for word in by)
    return (*places, "measure_kind", "measure", "formula", "answer_level", "partial_rule")
