"""How a run was made, in words: the label of every published figure (RECIPE step 15)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.forms.service import get_form
from app.forms.tables import FormVersion
from app.results.demographics import Grouped, grouped
from app.results.figures import figures_of
from app.results.tables import EstimateRun
from app.rounds.service import get_round
from app.rounds.tables import Round

Translate = Callable[[str], str]
VERSION_SHOWN = 12


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
    """What a table needs beside its rows, for one language."""

    note: str
    measures: Mapping[tuple[str, str], str]
    method: Sequence[tuple[str, str]]
    people: Mapping[str, Grouped]


def labels_of(session: Session, record: EstimateRun, *, language: str, translate: Translate) -> Labels:
    """The names of measures, the note and the method of a run."""
    survey = get_round(session, record.round_code)
    wanted = col(FormVersion.form_version).in_(record.form_versions)
    versions = session.exec(select(FormVersion).where(wanted)).all()
    ordered = sorted(versions, key=lambda version: (version.form_code, version.number))
    forms = [get_form(session, version.form_version) for version in ordered]
    figures = figures_of(forms, ("headline", "criteria", "factors", "overall"))
    lines = _lines(record, survey, ordered)
    return Labels(
        note=translate(NOTES[survey.basis]),
        measures={(f.kind, f.code): f.texts[language] for f in figures},
        method=[(translate(label), _shown(value, translate)) for label, value in lines],
        people=grouped(forms),
    )


def _lines(record: EstimateRun, survey: Round, versions: Sequence[FormVersion]) -> list[tuple[str, Any]]:
    cut, asked = record.data_cut, record.settings
    variance = asked["variance"] or {"opt_in": "psu", "probability": "element"}[survey.basis]
    return [
        (_("Round"), f"{survey.round_code} – {survey.title}"),
        (_("Period"), f"{survey.period_start_on.isoformat()} – {survey.period_end_on.isoformat()}"),
        (_("Basis"), survey.basis),
        (_("What the interval covers"), NOTES[survey.basis]),
        (_("Name of the figures"), WORDING),
        (_("Population"), survey.population_kind),
        (_("Size of the population"), cut["population"]),
        (_("Of it provisional"), cut["provisional_population"]),
        (_("Months not in the register yet"), cut["provisional_months"]),
        (_("Units in the register"), cut["units_with_population"]),
        (_("Units with answers"), cut["units_with_answers"]),
        (_("Responses by outcome"), cut["responses"]),
        (_("Responses by mode"), cut["modes"]),
        (_("Responses by flag"), {flag or "-": count for flag, count in cut["flags"].items()}),
        (_("Forms that count"), ELIGIBLE_RULE),
        (_("Weighting cells"), CELLS_RULE),
        (_("Cells used by level"), cut["cells"]),
        (_("Variance"), VARIANCES[variance]),
        (_("Leverage correction"), asked["leverage"]),
        (_("Finite-population correction"), "none"),
        (_("Interval"), f"Jeffreys, n*, {100 * asked['level']:g}%"),
        (_("Formulas"), FORMULAS),
        (_("Publication rule"), DISCLOSURE_RULE),
        (_("Units seen"), asked["within"]),
        (_("Forms"), [f"{v.form_code} {v.number} ({v.form_version[:VERSION_SHOWN]})" for v in versions]),
        (_("Responses mixed through"), cut["mixed_through"] or "-"),
        (_("Responses not mixed yet"), cut["unmixed_responses"]),
        (_("Run"), record.run_id),
        (_("Computed at"), record.created_at.isoformat(timespec="seconds")),
        (_("Code version"), record.code_version),
        (_("Hash of the inputs"), cut["fingerprint"]),
        (_("Hash of the rows"), record.content_hash),
    ]


def _shown(value: Any, translate: Translate) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {count}" for name, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value) or "-"
    if isinstance(value, float):
        return f"{value:.10g}"
    return translate(value) if isinstance(value, str) else str(value)
