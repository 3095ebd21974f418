"""How a run was made, in words: the label of every published figure (docs/methods.md section 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.core.language import Translator
from app.forms.service import get_form
from app.forms.tables import FormVersion
from app.results.demographics import Grouped, grouped
from app.results.figures import figures_of
from app.results.method_words import (
    BASIS_WORDS,
    CELL_WORDS,
    FORMULAS_IN_WORDS,
    LEVERAGE_WORDS,
    OUTCOME_WORDS,
    POPULATION_WORDS,
    VERSION_SHOWN,
    MethodTeller,
)
from app.results.tables import EstimateRun
from app.rounds.service import get_round
from app.rounds.tables import Round


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


NOTES = {
    "opt_in": _(
        "The interval is model-based; it does not cover bias from people choosing whether to answer."
    ),
    "probability": _("The interval covers the chance of the draw; it does not cover bias from non-response."),
}
VARIANCES = {
    "psu": _("between days within unit and month; between people where a unit has a single day"),
    "element": _("between people within unit"),
}
ELIGIBLE_RULE = _(
    "complete forms and forms with the headline question answered; complete forms alone as a check"
)
CELLS_RULE = _("unit x service x submission x month, thin cells merged upwards as far as the unit")
UNPROVED = {"kiosk", "poster"}
NOT_UNIQUE = _(
    "a receipt gives one answer; that answers on kiosks and posters are one a person cannot be proved"
)
DISCLOSURE_RULE = _(
    "hidden with too few people, with too few who are not dissatisfied, or to protect a hidden figure"
)
FORMULAS = _(
    "satisfied_share: satisfied answers over answers; pooled_answers: the same over all items together; "
    "equal_criteria: mean of the items' shares"
)
WORDING = _("Computed here; not the SIPAS index, which the ministry announces.")


@dataclass(frozen=True, slots=True)
class Labels:
    """What a table needs beside its rows, for one language; `facts` is the method as machines keep it."""

    note: str
    measures: Mapping[tuple[str, str], str]
    method: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    people: Mapping[str, Grouped]


@dataclass(frozen=True, slots=True)
class _Fact:
    """A line of the method: its value as it is kept, and in words where those are others."""

    label: str
    value: Any
    words: str = ""


def labels_of(session: Session, record: EstimateRun, *, translate: Translator) -> Labels:
    """The names of measures, the note and the method of a run."""
    survey = get_round(session, record.round_code)
    wanted = col(FormVersion.form_version).in_(record.form_versions)
    versions = session.exec(select(FormVersion).where(wanted)).all()
    ordered = sorted(versions, key=lambda version: (version.form_code, version.number))
    forms = [get_form(session, version.form_version) for version in ordered]
    figures = figures_of(forms, ("headline", "criteria", "factors", "overall"))
    tell = MethodTeller(translate)
    facts = [
        *_scope(record, survey, tell),
        *_answers(record, tell),
        *_way(record, survey, tell),
        _Fact(_("Units seen"), record.settings["within"], tell.units(session, record.settings["within"])),
        _Fact(_("Forms"), [_form(version) for version in ordered], tell.forms(session, ordered)),
        *_proof(record, tell),
    ]
    return Labels(
        note=translate(NOTES[survey.basis]),
        measures={(f.kind, f.code): f.texts[translate.language] for f in figures},
        method=[(translate(one.label), one.words or _shown(one.value, translate)) for one in facts],
        facts=[(translate(one.label), _shown(one.value, translate)) for one in facts],
        people=grouped(forms),
    )


def _form(version: FormVersion) -> str:
    return f"{version.form_code} {version.number} ({version.form_version[:VERSION_SHOWN]})"


def _scope(record: EstimateRun, survey: Round, tell: MethodTeller) -> list[_Fact]:
    """Which round, whom it stands for, and what the interval says."""
    cut, first, last = record.data_cut, survey.period_start_on, survey.period_end_on
    months = cut["provisional_months"]
    return [
        _Fact(_("Round"), f"{survey.round_code} – {survey.title}"),
        _Fact(_("Period"), f"{first.isoformat()} – {last.isoformat()}", tell.days(first, last)),
        _Fact(_("Basis"), survey.basis, tell.word(BASIS_WORDS, survey.basis)),
        _Fact(_("What the interval covers"), NOTES[survey.basis]),
        _Fact(_("Name of the figures"), WORDING),
        _Fact(_("Population"), survey.population_kind, tell.word(POPULATION_WORDS, survey.population_kind)),
        _count(_("Size of the population"), cut["population"], tell),
        _count(_("Of it provisional"), cut["provisional_population"], tell),
        _Fact(_("Months not in the register yet"), months, tell.months(months)),
        *([_count(_("Units of the round"), cut["units"], tell)] if "units" in cut else []),  # not in old runs
        _count(_("Units in the register"), cut["units_with_population"], tell),
        _count(_("Units with answers"), cut["units_with_answers"], tell),
    ]


def _count(label: str, value: float, tell: MethodTeller) -> _Fact:
    return _Fact(label, value, tell.count(value))


def _answers(record: EstimateRun, tell: MethodTeller) -> list[_Fact]:
    """How many forms, by how they ended, how they came and what is noted on them."""
    cut = record.data_cut
    flags = {flag or "-": count for flag, count in cut["flags"].items()}
    return [
        _Fact(_("Responses by outcome"), cut["responses"], tell.counts(OUTCOME_WORDS, cut["responses"])),
        _Fact(_("Responses by mode"), cut["modes"], tell.modes(cut["modes"])),
        _Fact(_("Responses by flag"), flags, tell.flags(cut["flags"])),
        _Fact(_("Forms that count"), ELIGIBLE_RULE),
        *([_Fact(_("One answer a person"), NOT_UNIQUE)] if UNPROVED & cut["modes"].keys() else []),
    ]


def _way(record: EstimateRun, survey: Round, tell: MethodTeller) -> list[_Fact]:
    """How the figures are computed, and which are kept back."""
    cut, asked = record.data_cut, record.settings
    variance = asked["variance"] or {"opt_in": "psu", "probability": "element"}[survey.basis]
    level = f"Jeffreys, n*, {100 * asked['level']:g}%"
    return [
        _Fact(_("Weighting cells"), CELLS_RULE),
        _Fact(_("Cells used by level"), cut["cells"], tell.counts(CELL_WORDS, cut["cells"])),
        _Fact(_("Variance"), VARIANCES[variance]),
        _Fact(_("Leverage correction"), asked["leverage"], tell.word(LEVERAGE_WORDS, asked["leverage"])),
        _Fact(_("Finite-population correction"), "none"),
        _Fact(_("Interval"), level, tell.interval(asked["level"])),
        _Fact(_("Formulas"), FORMULAS, tell.say(FORMULAS_IN_WORDS)),
        _Fact(_("Publication rule"), DISCLOSURE_RULE),
    ]


def _proof(record: EstimateRun, tell: MethodTeller) -> list[_Fact]:
    """What lets anybody compute the figures again."""
    cut, through = record.data_cut, record.data_cut["mixed_through"]
    made = record.created_at
    return [
        _Fact(_("Responses mixed through"), through or "-", tell.mixed_through(through)),
        _count(_("Responses not mixed yet"), cut["unmixed_responses"], tell),
        _Fact(_("Run"), record.run_id),
        _Fact(_("Computed at"), made.isoformat(timespec="seconds"), tell.instant(made)),
        _Fact(_("Code version"), record.code_version),
        _Fact(_("Hash of the inputs"), cut["fingerprint"]),
        _Fact(_("Hash of the rows"), record.content_hash),
    ]


def _shown(value: Any, translate: Translator) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {count}" for name, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value) or "-"
    if isinstance(value, float):
        return f"{value:.10g}"
    return translate(value) if isinstance(value, str) else str(value)
