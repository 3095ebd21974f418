"""The results page as its template reads it: the view, the way to it, what can be chosen, the finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.accounts.service import Actor
from app.console.results_map import Map, columns_for, map_of
from app.console.results_question import FIGURES, Question
from app.console.results_rows import Row, View, settled, view_of
from app.core.language import Translator, translator
from app.core.numbers import number
from app.results.choices import rounds_with_editions
from app.results.editions import get_edition, newest, state_of
from app.results.reading import EditionTables, Estimate, open_edition
from app.results.tables import Edition
from app.results.words import DIMENSION_WORDS, FORMULA_WORDS, KIND_WORDS, reason_text
from app.rounds.service import Round, get_round


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


ROW_WORDS = {"unit": _("Units"), FIGURES: _("Criteria and factors")}
ACROSS_WORDS = {"factor": _("Factors"), "criterion": _("Criteria")}


@dataclass(frozen=True, slots=True)
class Opened:
    """A round's edition with its tables as the reader may see them."""

    survey: Round
    edition: Edition
    state: str
    tables: EditionTables


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way down; the last has no address."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """Everything the template shows."""

    opened: Opened
    question: Question
    view: View
    map: Map | None
    steps: Sequence[Step]
    finding: str
    measure: str
    figure_name: str
    units: Sequence[tuple[str, str, int]]
    row_choices: Sequence[tuple[str, str]]
    column_choices: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def opened_edition(
    session: Session, actor: Actor, *, round_code: str, edition_id: str, language: str
) -> Opened | None:
    """The asked-for edition, else the newest of the round, else of the newest round; None without any.

    Raises: NotFound for an unknown round or edition.
    """
    edition = get_edition(session, edition_id) if edition_id else None
    if edition is None:
        rounds = rounds_with_editions(session)
        if round_code:
            get_round(session, round_code)
        code = round_code or (rounds[0].round_code if rounds else "")
        edition = newest(session, code) if code else None
    if edition is None:
        return None
    tables = open_edition(session, edition, language=language, within=actor.paths("viewer"))
    if not tables.tops:
        return None
    return Opened(
        get_round(session, edition.round_code), edition, state_of(session, edition.edition_id), tables
    )


def results_page(opened: Opened, asked: Question, *, language: str) -> ResultsPage:
    """The page of a question, settled."""
    tables, say = opened.tables, translator(language)
    question = settled(tables, asked)
    view = view_of(tables, question)
    figure = next(one for one in tables.figures if one.key == question.figure)
    return ResultsPage(
        opened=opened,
        question=question,
        view=view,
        map=map_of(tables, view) if question.view == "heat" and question.by != FIGURES else None,
        steps=_steps(tables, question, say),
        finding=_finding(tables, view, say, language),
        measure=_measure(opened.survey, say),
        figure_name=figure.name,
        units=_units(tables, question),
        row_choices=_row_choices(tables, question, say),
        column_choices=[
            (key, say(ACROSS_WORDS.get(key) or DIMENSION_WORDS[key])) for key in columns_for(tables, question)
        ],
        figures=_figures(tables, say),
    )


def reasons_of(row: Estimate, say: Translator) -> list[str]:
    """Why a row is hidden or to be read with care, in words."""
    return [say(reason_text(code)) for code in row.reasons]


def value_name(tables: EditionTables, question: Question) -> str:
    """What people read for the value a dimension is held at."""
    for dimension, value in question.fixed.items():
        found = tables.rows(dimension, unit=question.unit, figure=question.figure, **{dimension: value})
        found = found or tables.rows(dimension, unit=tables.tops, **{dimension: value})[:1]
        return found[0].names[dimension] if found else value
    return ""


def _steps(tables: EditionTables, question: Question, say: Translator) -> list[Step]:
    """From the top down to the unit, the value, the criterion."""
    here = Question(question.round_code, question.edition, figure=question.figure, view=question.view)
    steps = [Step(tables.unit_name(code), here.query(unit=code)) for code in tables.lineage(question.unit)]
    if question.at:
        steps.append(Step(value_name(tables, question), here.query(unit=question.unit, at=question.at)))
    if question.by == FIGURES:
        steps.append(Step(say("by criterion"), ""))
    return steps


def _units(tables: EditionTables, question: Question) -> list[tuple[str, str, int]]:
    """The way down to the unit and what is directly below it, or its neighbours: (code, name, depth)."""
    line = tables.lineage(question.unit)
    below = tables.children(question.unit)
    beside = below or tables.peers(question.unit)
    above = line if below else line[:-1]
    found = [(code, tables.unit_name(code), depth) for depth, code in enumerate(above)]
    return found + [(code, tables.unit_name(code), len(above)) for code in beside]


def _row_choices(tables: EditionTables, question: Question, say: Translator) -> list[tuple[str, str]]:
    dimensions = () if question.at else tables.dimensions
    words = [("unit", say(ROW_WORDS["unit"])), *((one, say(DIMENSION_WORDS[one])) for one in dimensions)]
    return [*words, (FIGURES, say(ROW_WORDS[FIGURES]))]


def _figures(tables: EditionTables, say: Translator) -> list[tuple[str, list[tuple[str, str]]]]:
    """Figures by kind; the second formula of an index says so."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in tables.figures:
        name = (
            f"{one.name} ({say(FORMULA_WORDS[one.formula])})" if one.formula == "equal_criteria" else one.name
        )
        groups.setdefault(say(KIND_WORDS[one.kind]), []).append((one.key, name))
    return list(groups.items())


def _measure(survey: Round, say: Translator) -> str:
    if survey.population_kind == "finished_dossiers":
        return say(
            "Share satisfied or very satisfied in percent, weighted to finished dossiers; interval 95%"
        )
    return say("Share satisfied or very satisfied in percent, weighted to residents; interval 95%")


def _finding(tables: EditionTables, view: View, say: Translator, language: str) -> str:
    """One true sentence about the rows."""
    asked = view.question
    if asked.by == FIGURES:
        return _lowest(tables, view, say, language)
    down, up = view.count("down"), view.count("up")
    facts: dict[str, Any] = {"down": down, "up": up, "count": view.total}
    facts |= {"name": tables.unit_name(view.whole.unit) if view.whole else ""}
    facts |= {"value": number(view.whole.estimate, language, 1) if view.whole else "–"}
    if view.whole is None or view.whole.estimate is None:
        return say("%(count)s rows; the whole of %(name)s is not published") % facts
    if not view.total:
        return say("%(name)s: %(value)s%% are satisfied") % facts
    if not down and not up:
        return say("None of %(count)s differs for certain from %(name)s (%(value)s%%)") % facts
    return (
        say("Against %(name)s (%(value)s%%): %(down)s lower for certain, %(up)s higher, of %(count)s") % facts
    )


def _lowest(tables: EditionTables, view: View, say: Translator, language: str) -> str:
    known = [row for row in view.every if row.estimate.estimate is not None]
    criteria = [row for row in known if row.estimate.kind == "criterion"] or known
    name = tables.unit_name(view.question.unit)
    if not criteria:
        return say("%(name)s: nothing can be published here") % {"name": name}
    lowest = min(criteria, key=lambda row: row.estimate.estimate or 0.0)
    return say("%(name)s is lowest in “%(criterion)s”: %(value)s%%") % {
        "name": name,
        "criterion": lowest.name,
        "value": number(lowest.estimate.estimate, language, 1),
    }


def drill(question: Question, row: Row) -> str:
    """Where a row leads: a unit to what is below it, a value to its criteria, a figure to its units."""
    if question.by == "unit":
        return question.query(unit=row.key, by="", q="", sort="name")
    if question.by == FIGURES:
        return question.query(figure=row.key, by="unit", view="forest", sort="low")
    return question.query(at=f"{question.by}:{row.key}", by=FIGURES, view="table", q="", sort="name")
