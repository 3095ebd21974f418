"""The words: questionnaires as data, their checks, and the check of answers against them."""

from survey_forms.answers import (
    AnswerProblem,
    Outcome,
    canonical_answers,
    check_answers,
    missing_required,
    outcome,
    split_comments,
)
from survey_forms.checks import check, check_bytes
from survey_forms.columns import (
    BLANK,
    BLANK_CHOICE,
    NO_OPINION_CODE,
    NOT_SHOWN,
    coded,
    coded_columns,
)
from survey_forms.conditions import shown, shown_items
from survey_forms.document import canonical_json, fingerprint, to_document
from survey_forms.errors import FormError, InvalidForm, UnknownForm, UnknownItem
from survey_forms.loader import (
    codes,
    definition,
    definition_text,
    from_document,
    load,
    load_bytes,
    load_file,
)
from survey_forms.model import (
    NO_OPINION,
    Choice,
    Condition,
    Factor,
    Form,
    Item,
    Scale,
    Scoring,
    ShowIf,
    Stage,
    Texts,
)
from survey_forms.problems import Problem
from survey_forms.toml_reasons import broken_toml

__all__ = [
    "BLANK",
    "BLANK_CHOICE",
    "NOT_SHOWN",
    "NO_OPINION",
    "NO_OPINION_CODE",
    "AnswerProblem",
    "Choice",
    "Condition",
    "Factor",
    "Form",
    "FormError",
    "InvalidForm",
    "Item",
    "Outcome",
    "Problem",
    "Scale",
    "Scoring",
    "ShowIf",
    "Stage",
    "Texts",
    "UnknownForm",
    "UnknownItem",
    "broken_toml",
    "canonical_answers",
    "canonical_json",
    "check",
    "check_answers",
    "check_bytes",
    "coded",
    "coded_columns",
    "codes",
    "definition",
    "definition_text",
    "fingerprint",
    "from_document",
    "load",
    "load_bytes",
    "load_file",
    "missing_required",
    "outcome",
    "shown",
    "shown_items",
    "split_comments",
    "to_document",
]
