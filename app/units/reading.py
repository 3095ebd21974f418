"""Rows of a file become values; whatever is wrong is kept with its line and told all at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from app.core.errors import Problem
from app.core.tabular import Row, refused

CODE_LENGTH = 35
LARGEST_COUNT = 2_000_000_000
UNREAD = -1
CODE_LENGTHS = (2, 5)
SERVICE_CODE_LENGTH = 8
Key = tuple[str, ...]


class Reading:
    """Collects what is wrong while the rows of one file are read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []

    def tell(self, row: Row, column: str, message: str, remedy: str, **fields: object) -> None:
        fields = {"value": row.cells.get(column, ""), **fields}
        self.problems.append(Problem(f"{self.name}:{row.place(column)}", message, remedy, fields))

    def text(self, row: Row, column: str, most: int, *, required: bool = True) -> str:
        value = row.cells.get(column, "")
        if required and not value:
            self.tell(row, column, "{name} is empty", "fill it in", name=column)
        elif len(value) > most:
            message = "{name} is longer than {most} letters"
            self.tell(row, column, message, "shorten it", name=column, most=most)
        return value

    def code(self, row: Row, column: str) -> str:
        code = self.text(row, column, CODE_LENGTH)
        plain = code.replace(".", "").replace("-", "").replace("_", "")
        if code and not (plain.isalnum() and plain.isascii()):
            self.tell(row, column, "{value} is not a code", "use digits, letters, dots and hyphens only")
        return code

    def known_code(self, row: Row, column: str, known: Collection[str], *, noun: str) -> str:
        """A code that is stored already; names the one a spreadsheet took the zeros from."""
        code = row.cells.get(column, "")
        if code in known:
            return code
        whole = [full for full in with_zeros(code) if full in known]
        if whole:
            remedy = "write {right}: format the column as text, or the zeros are lost"
            self.tell(row, column, f"{noun} code {{value}} is not known", remedy, right=whole[0])
        else:
            self.tell(
                row, column, f"{noun} code {{value}} is not known", "import it first, or correct the code"
            )
        return code

    def one_of(self, row: Row, column: str, known: Sequence[str], *, otherwise: str) -> str:
        value = row.cells.get(column, "") or otherwise
        if value not in known:
            self.tell(row, column, "{value} is not known", "use one of: {known}", known=", ".join(known))
        return value

    def day(self, row: Row, column: str) -> date | None:
        value = row.cells.get(column, "")
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.tell(row, column, "{value} is not a day", "write it as 2026-11-22")
            return None

    def month(self, row: Row, column: str) -> str:
        """`2026-11`; a day, as spreadsheets keep months, means its month."""
        value = row.cells.get(column, "")
        day = f"{value}-01" if len(value) == len("2026-11") else value
        try:
            return f"{date.fromisoformat(day):%Y-%m}"
        except ValueError:
            self.tell(row, column, "{value} is not a month", "write it as 2026-11")
            return value

    def count(self, row: Row, column: str, *, required: bool = True) -> int:
        value = row.cells.get(column, "")
        if not value:
            if required:
                self.tell(row, column, "{name} is empty", "fill it in", name=column)
            return UNREAD if required else 0
        if not (value.isascii() and value.isdigit()):
            self.tell(row, column, "{value} is not a whole number", "write digits only, such as 1250")
            return UNREAD
        if len(value) > len(str(LARGEST_COUNT)) or int(value) > LARGEST_COUNT:
            self.tell(row, column, "{value} is too large", "check the number")
            return UNREAD
        return int(value)

    def once(self, rows: Iterable[tuple[Row, Key]], column: str) -> None:
        """Tell every key that was already there, and where."""
        first: dict[Key, int] = {}
        for row, key in rows:
            if key in first:
                self.tell(row, column, "this row repeats line {line}", "keep one of the two", line=first[key])
            first.setdefault(key, row.line)

    def finish(self) -> None:
        """Raise the one error of the file when anything was wrong, in the order of its lines."""
        if self.problems:
            order = sorted(self.problems, key=lambda problem: int(problem.where.split(":")[-2]))
            raise refused(self.name, order)


def with_zeros(code: str) -> list[str]:
    """What a spreadsheet's number was: zeros are lost before a unit's code and after a service's."""
    if not code.replace(".", "", 1).isdigit():
        return []
    return [*(code.zfill(length) for length in CODE_LENGTHS), code.ljust(SERVICE_CODE_LENGTH, "0")]
