"""A full dump as a thief holds it: every row with its hidden columns, and every byte of the files.

What a thief can learn about a row (`Clues`): numbers that may betray when it was written. A key may have
several, because old copies of a row or of its index entry can outlive it in free space.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Date, DateTime, inspect, text

from app.core.database import Database

Clues = Mapping[str, list[int]]
KEYS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|body-[0-9]{6}")
TABLES = {"spent_token": "token_digest", "response": "response_id", "response_comment": "body"}
HEAP_HEADERS = (24, 32)
MOST_ROWS_A_PAGE = 512
ROWID_BYTES = {1: 1, 2: 2, 3: 3, 4: 4}


def dumped(database: Database, home: Path) -> dict[str, Clues]:
    """Clues by the way they were found: columns nobody sees, and whatever the files still hold."""
    clues = dict(_hidden_columns(database))
    clues["days in the row"] = _days(database)
    files = _files(database, home)
    clues["offset of the first copy"], clues["offset of the last copy"] = _offsets(files)
    numbers = _sqlite_numbers(files) if database.dialect == "sqlite" else _postgresql_numbers(files)
    return clues | {name: found for name, found in numbers.items() if found}


def _hidden_columns(database: Database) -> Iterator[tuple[str, Clues]]:
    for name, expression in _HIDDEN[database.dialect].items():
        found = _column(database, expression)
        yield name, found
        yield f"{name} of what became of a comment", found | _of_handled_comments(database, expression)


_HIDDEN = {
    "sqlite": {"row id": "{}.rowid"},
    "postgresql": {
        "physical place": f"(({{0}}.ctid::text::point)[0] * {MOST_ROWS_A_PAGE}"
        " + ({0}.ctid::text::point)[1])::bigint",
        "transaction id": "{}.xmin::text::bigint",
    },
}


def _column(database: Database, expression: str) -> Clues:
    found: dict[str, list[int]] = {}
    with database.engine.connect() as connection:
        for table, key in TABLES.items():
            for row in connection.execute(text(f"SELECT {key}, {expression.format(table)} FROM {table}")):
                found[row[0]] = [int(row[1])]
    return found


def _of_handled_comments(database: Database, expression: str) -> Clues:
    """The same of the row that says how a comment is handled, by the comment's own words."""
    asked = (
        f"SELECT body, {expression.format('comment_handling')} FROM comment_handling "
        "JOIN response_comment ON response_comment.comment_id = comment_handling.comment_id"
    )
    with database.engine.connect() as connection:
        return {row[0]: [int(row[1])] for row in connection.execute(text(asked))}


def _days(database: Database) -> Clues:
    """Every day and instant in the row, but the day of the answer, which the thief knows."""
    found: dict[str, list[int]] = {}
    with database.engine.connect() as connection:
        for table, key in TABLES.items():
            columns = inspect(connection).get_columns(table)
            days = [c["name"] for c in columns if isinstance(c["type"], Date | DateTime)]
            named = ", ".join(name for name in days if name != "answered_on")
            for row in connection.execute(text(f"SELECT {key}, {named} FROM {table}")):
                found[row[0]] = [int(str(day)[:10].replace("-", "")) for day in row[1:] if day is not None]
    return {key: numbers for key, numbers in found.items() if numbers}


def _files(database: Database, home: Path) -> list[bytes]:
    """The database's own files, in an order a thief would read them."""
    if database.dialect == "sqlite":
        return [path.read_bytes() for path in sorted(home.glob("sipas.db*")) if path.stat().st_size]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(str(connection.scalar(text("SHOW data_directory"))))
        number = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    return [path.read_bytes() for path in sorted((folder / "base" / str(number)).iterdir()) if path.is_file()]


def _offsets(files: list[bytes]) -> tuple[Clues, Clues]:
    first: dict[str, list[int]] = {}
    last: dict[str, list[int]] = {}
    start = 0
    for content in files:
        for match in KEYS.finditer(content):
            key = match.group().decode()
            first.setdefault(key, [start + match.start()])
            last[key] = [start + match.start()]
        start += len(content)
    return first, last


def _sqlite_numbers(files: list[bytes]) -> dict[str, Clues]:
    """Row ids in the entries of the primary keys' indexes, those of deleted rows included."""
    found: dict[str, list[int]] = defaultdict(list)
    for content in files:
        for match in KEYS.finditer(content):
            kind = content[match.start() - 1]
            if kind in ROWID_BYTES and content[match.start() - 2] in (0x0D, 0x55):  # then the key's own type
                number = content[match.end() : match.end() + ROWID_BYTES[kind]]
                found[match.group().decode()].append(int.from_bytes(number, "big"))
    return {"row ids in index entries": found}


def _postgresql_numbers(files: list[bytes]) -> dict[str, Clues]:
    """Transaction ids in the headers of rows, and places in index entries, dead ones included."""
    written: dict[str, list[int]] = defaultdict(list)
    pointed: dict[str, list[int]] = defaultdict(list)
    for content in files:
        for match in KEYS.finditer(content):
            key, value = match.group().decode(), match.start() - 1  # one byte of length stands before a text
            for header in HEAP_HEADERS:
                row = value - header
                if row >= 0 and content[row + 22] == header:
                    written[key].append(int.from_bytes(content[row : row + 4], "little"))
            block = int.from_bytes(content[value - 8 : value - 6], "little") << 16
            block |= int.from_bytes(content[value - 6 : value - 4], "little")
            place = int.from_bytes(content[value - 4 : value - 2], "little")
            if place < MOST_ROWS_A_PAGE and block < 1 << 20:
                pointed[key].append(block * MOST_ROWS_A_PAGE + place)
    return {"transaction ids in row headers": written, "places in index entries": pointed}
