"""`sipas analyse`: a SPEC and its CSV files in, rows out; the calculation itself is the library's."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.core.files import write_whole

Columns = Mapping[str, Any]
SCALARS = (str, int, float, bool, type(None))


class SpecUnreadable(Exception):
    """A SPEC or one of its files that cannot be read: code, message and where, as the answer gives them."""

    def __init__(self, code: str, message: str, where: str) -> None:
        self.record = {"error": {"code": code, "message": message, "where": where}}
        super().__init__(message)


def analyse(path: Path) -> dict[str, Any]:
    """The answer to the SPEC in this file; a problem is an answer too, with the one key `error`."""
    from analysis.errors import AnalysisError
    from analysis.spec import error_record, run_spec, spec_files

    try:
        spec = _spec(path)
        files = {name: _columns(path, name, "design") for name in spec_files(spec)}
        found = run_spec(spec, _columns(path, spec.get("input"), "input"), files=files)
    except AnalysisError as error:
        return dict(error_record(error))
    except SpecUnreadable as error:
        return error.record
    plain = _plain(found)
    return plain if isinstance(plain, dict) else {}


def _spec(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecUnreadable("unreadable", f"{path} cannot be read: {error.strerror}", "spec") from error
    except UnicodeDecodeError as error:
        raise SpecUnreadable("unreadable", f"{path} is not UTF-8", "spec") from error
    except json.JSONDecodeError as error:
        message = f"{path} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise SpecUnreadable("unreadable", message, "spec") from error
    if not isinstance(found, dict):
        raise SpecUnreadable("bad_spec", "the SPEC is not a JSON object", "spec")
    unknown = sorted(set(found) - {"input", "design", "task"})
    if unknown:
        raise SpecUnreadable(
            "bad_spec", f"unknown key {unknown[0]!r}; known: input, design, task", unknown[0]
        )
    return found


def _columns(spec: Path, name: object, where: str) -> Columns:
    """The columns of a CSV file as text, exactly as written."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if not isinstance(name, str) or not name:
        raise SpecUnreadable("bad_spec", f"{where} is {name!r}; give the name of a CSV file", where)
    file = spec.parent / name
    try:
        header = _header(file)
        _require_once(header, name, where)
        table = arrow_csv.read_csv(
            file,
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except OSError as error:
        raise SpecUnreadable(
            "unreadable", f"{name} cannot be read: {error.strerror or error}", where
        ) from error
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SpecUnreadable("unreadable", f"{name} is not a CSV file in UTF-8: {error}", where) from error
    return {column: table.column(column).to_numpy() for column in table.column_names}


def _require_once(header: list[str], file: str, where: str) -> None:
    """Stop where two columns of a file share a name: nobody could say which one a SPEC means."""
    for column in dict.fromkeys(header):
        places = [str(at) for at, name in enumerate(header, start=1) if name == column]
        if len(places) > 1:
            message = f"{file}: the name {column!r} stands over columns {' and '.join(places)}; rename one"
            raise SpecUnreadable("unreadable", message, where)


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return next(csv.reader(opened), [])


def as_json(answer: Mapping[str, Any]) -> str:
    """The answer as people and programs read it; what is not a number is null."""
    return json.dumps(answer, ensure_ascii=False, indent=1, allow_nan=False)


def write_rows(path: Path, answer: Mapping[str, Any]) -> None:
    """The rows of an answer as CSV, one column a value, an interval as two."""
    rows = [dict(_flat(row)) for row in answer.get("rows", [])]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def _flat(row: Mapping[str, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{lead}{name}.")
        elif isinstance(value, list) and lead == "intervals.":
            yield from zip((f"{name}_low", f"{name}_high"), value, strict=True)
        else:
            yield lead + name, value if isinstance(value, SCALARS) else json.dumps(value, ensure_ascii=False)


def _plain(value: object) -> object:
    """Numbers without NaN and arrays as lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
