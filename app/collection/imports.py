"""Bringing in responses collected elsewhere: the same checks, the same statement, safe to run again."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.collection.directory import Directory
from app.collection.import_map import ImportMap, bad_map, column_problems, item_problems, read_map
from app.collection.import_rows import FilledRow, is_wanted, key_of, wire_of_row
from app.collection.schemas import ResponseIn
from app.collection.service import record_many
from app.core.database import Database
from app.core.errors import Conflict, Invalid, Problem, SurveyError, Translate
from app.core.files import write_whole
from app.core.tabular import read_table


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken, and every reason."""

    row: FilledRow
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Imported:
    """What became of a file's rows; `left_out` were not wanted by the map's filter."""

    accepted: int = 0
    repeated: int = 0
    left_out: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def import_responses(
    database: Database,
    path: Path,
    map_path: Path,
    *,
    progress: Callable[[Sequence[FilledRow]], Iterator[FilledRow]] = iter,
) -> Imported:
    """Record every row of the file that the map wants; a second run finds them all repeated."""
    plan = read_map(map_path)
    table = read_table(path)
    rows = [FilledRow(row.line, row.cells) for row in table.rows]
    forms = _forms(database, plan, map_path.name, table.columns)
    imported = Imported()
    wanted = [row for row in rows if is_wanted(plan, row)]
    imported.left_out = len(rows) - len(wanted)
    sent: list[FilledRow] = []
    counts = record_many(database, _wires(plan, forms, progress(wanted), imported=imported, sent=sent))
    imported.accepted, imported.repeated = counts.recorded, counts.repeated
    imported.rejected += [Rejected(sent[place], _reasons(error)) for place, error in counts.refused]
    imported.rejected.sort(key=lambda rejected: rejected.row.line)
    return imported


def write_rejected(path: Path, rejected: Sequence[Rejected], translate: Translate) -> None:
    """The rows that were not taken, as they came, behind the line, the places and the reasons."""
    columns = list(rejected[0].row.cells)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["line", "where", "reason", *columns])
    for one in rejected:
        told = [problem.render(translate) for problem in one.problems]
        where = "; ".join(problem["where"] for problem in told)
        reason = "; ".join(_sentence(problem) for problem in told)
        writer.writerow([one.row.line, where, reason, *(one.row.cells[column] for column in columns)])
    write_whole(path, text.getvalue().encode("utf-8-sig"), option="rejected")


def _sentence(told: Mapping[str, str]) -> str:
    return f"{told['message']} ({told['remedy']})" if told["remedy"] else told["message"]


def _forms(database: Database, plan: ImportMap, map_name: str, columns: Sequence[str]) -> Mapping[str, str]:
    """Form version by mode of the map's round, once the whole map fits the file and the round."""
    directory = Directory(database)
    directory.read([("forms", plan.round)])
    forms: Mapping[str, str] = directory.get(("forms", plan.round))
    if not forms:
        told = Problem(
            "round",
            "round {round} is not known, or shows no form",
            "see: sipas rounds list",
            {"round": plan.round},
        )
        raise bad_map(map_name, [told])
    problems = column_problems(plan, columns)
    problems += item_problems(plan, _items(directory, forms))
    mode = plan.mode.constant
    if mode is not None and mode not in forms:
        problems.append(
            Problem(
                "mode",
                "{value} is not possible here",
                "use one of: {allowed}",
                {"value": mode, "allowed": ", ".join(forms)},
            )
        )
    if problems:
        raise bad_map(map_name, problems)
    return forms


def _items(directory: Directory, forms: Mapping[str, str]) -> set[str]:
    keys = [("form", version) for version in forms.values()]
    directory.read(keys)
    return {item for key in keys for item in directory.get(key).items}


def _wires(
    plan: ImportMap,
    forms: Mapping[str, str],
    rows: Iterator[FilledRow],
    *,
    imported: Imported,
    sent: list[FilledRow],
) -> Iterator[ResponseIn]:
    """A response a row; rows that cannot become one are rejected on the way."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        try:
            _note_key(plan, row, seen)
            wire = wire_of_row(plan, row, forms)
        except SurveyError as error:
            imported.rejected.append(Rejected(row, _reasons(error)))
            continue
        sent.append(row)
        yield wire


def _note_key(plan: ImportMap, row: FilledRow, seen: dict[tuple[str, ...], int]) -> None:
    key = key_of(plan, row)
    if not any(key):
        raise Invalid(
            "the key columns are empty",
            where=", ".join(plan.key),
            remedy="give every row something that tells it apart",
        )
    before = seen.setdefault(key, row.line)
    if before != row.line:
        raise Invalid(
            "line {line} has the same key {key}",
            where=", ".join(plan.key),
            remedy="remove the duplicate, or add a column to the key",
            line=before,
            key=" / ".join(key),
        )


def _reasons(error: SurveyError) -> tuple[Problem, ...]:
    if isinstance(error, Conflict):
        return (
            Problem(
                "key",
                "this row was brought in before with other content",
                "a stored response is never changed; undo the change in the file",
            ),
        )
    return (error.problems if isinstance(error, Invalid) else ()) or (error.problem,)
