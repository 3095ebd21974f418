"""A run as labelled data: hidden numbers become missing codes that say why."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.core.language import translator
from app.results.columns import Column
from app.results.exports.labelled import Labelled, Variable
from app.results.exports.sheet import Sheet
from app.results.states import SEPARATOR
from app.results.words import FORMULA_WORDS, KIND_WORDS, STATE_WORDS, VALUE_WORDS, reason_text

BATCH_ROWS = 50_000
FIRST_CODE = -9991
HIDING_REASONS = ("no_answers", "too_few_people", "no_degrees_of_freedom")
OTHERWISE = "too_few_people"
"""Stands for a reason of an older edition that has no code of its own."""
HIDDEN = "hidden_reason"
HIDDEN_MEANING = "Why the numbers of the row are not published"
ARROW_TYPES = {"text": pa.string(), "whole": pa.int64(), "real": pa.float64()}


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


PUBLISHED = _("published")


def labelled_run(sheet: Sheet, language: str, *, title: str) -> Labelled:
    """The rows of a run with labels and missing codes; one more column says why a row is hidden."""
    translate = translator(language)
    codes = {code: translate(reason_text(reason)) for code, reason in _codes().items()}
    plain = arrow_table(sheet)
    why = pa.array([_why(reasons, state) for reasons, state in _reasons(sheet)], pa.int64())
    variables, columns = [], {}
    for column in sheet.columns:
        variables.append(_variable(column, sheet, plain=plain, missing=codes, language=language))
        columns[column.name] = _coded(plain[column.name], column, why)
    hidden = Variable(
        HIDDEN, "whole", translate(HIDDEN_MEANING), values={0: translate(PUBLISHED)}, missing=codes
    )
    table = pa.table({**columns, HIDDEN: pc.fill_null(why, 0)})
    return Labelled(
        title=title,
        language=language,
        variables=(*variables, hidden),
        row_count=sheet.row_count,
        batches=lambda: _batches(table),
        identity=identity_of(sheet),
        notes=[f"{name}: {text}" for name, text in sheet.labels.facts],
    )


def arrow_table(sheet: Sheet) -> pa.Table:
    """The published values as they are: null where there is none."""
    return pa.table(
        {
            column.name: pa.array(sheet.values[column.name], ARROW_TYPES[column.kind])
            for column in sheet.columns
        }
    )


def identity_of(sheet: Sheet) -> dict[str, str]:
    """What names the run and lets anybody check it."""
    record = sheet.run.record
    return {
        "round": record.round_code,
        "run_id": record.run_id,
        "content_hash": record.content_hash,
        "code_version": record.code_version,
        "created_at": record.created_at.isoformat(timespec="seconds"),
    }


def _codes() -> dict[int, str]:
    return {FIRST_CODE - place: reason for place, reason in enumerate(HIDING_REASONS)}


def _reasons(sheet: Sheet) -> Iterator[tuple[str, str]]:
    return zip(sheet.values["reasons"], sheet.values["state"], strict=True)


def _why(reasons: str, state: str) -> int | None:
    """The code of the first reason that hides the row; None where it is published."""
    if state != "suppressed":
        return None
    texts = {reason_text(reason): code for code, reason in _codes().items()}
    found = [texts[t] for t in map(reason_text, reasons.split(SEPARATOR)) if t in texts]
    return found[0] if found else FIRST_CODE - HIDING_REASONS.index(OTHERWISE)


def _coded(values: Any, column: Column, why: Any) -> Any:
    """Numbers of hidden rows become the code; a number a published row does not have stays empty."""
    if column.kept or column.kind == "text":
        return values
    return pc.if_else(pc.is_valid(why), why.cast(values.type), values)


def _variable(
    column: Column, sheet: Sheet, *, plain: pa.Table, missing: dict[int, str], language: str
) -> Variable:
    translate = translator(language)
    text = column.kind == "text"
    return Variable(
        column.name,
        column.kind,
        translate(column.meaning),
        digits=sheet.digits[column.name],
        width=_width(plain[column.name]) if text else 1,
        missing={} if text or column.kept else missing,
        texts={code: translate(word) for code, word in _words(column.name).items()},
    )


def _words(column: str) -> dict[str, str]:
    known = {"state": STATE_WORDS, "measure_kind": KIND_WORDS, "formula": FORMULA_WORDS}
    if column in known:
        return known[column]
    marks = f"{column}:"
    return {key.removeprefix(marks): word for key, word in VALUE_WORDS.items() if key.startswith(marks)}


def _width(values: pa.ChunkedArray) -> int:
    longest = pc.max(pc.binary_length(values)).as_py()
    return max(1, longest or 1)


def _batches(table: pa.Table) -> Iterator[Any]:
    yield from table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS)
