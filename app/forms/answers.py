"""Answers against their form version. Pure: the door other rooms use instead of the forms library itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import Invalid, Problem
from survey_forms import (
    Form,
    Stage,
    check_answers,
    coded,
    coded_columns,
    missing_required,
    outcome,
    shown,
    split_comments,
)

__all__ = ["Checked", "Form", "Stage", "check", "coded", "coded_columns", "missing_required", "shown"]


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers that may be kept: closed ones, free text apart (by item), and how the response ended."""

    closed: dict[str, Any]
    comments: dict[str, str]
    outcome: str


def check(form: Form, answers: Mapping[str, Any], stage: Stage | None = None) -> Checked:
    """The canonical answers; `Invalid` names every item whose answer cannot be."""
    problems = tuple(
        Problem(f"answers.{found.item}", found.message) for found in check_answers(form, answers, stage=stage)
    )
    if problems:
        raise Invalid(
            "{count} answers do not fit the form",
            where=problems[0].where,
            problems=problems,
            count=len(problems),
        )
    closed, comments = split_comments(form, answers)
    return Checked(closed, comments, outcome(form, answers, stage=stage))
