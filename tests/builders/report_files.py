"""What the annex of a report says, read from the Word and the PDF file alone."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pypdfium2
from docx import Document
from docx.table import Table

ANNEX = "Phụ lục: số liệu chi tiết"
SILENT = "Không công bố được số nào"
ANY = "*"


class Place(NamedTuple):
    """Where a figure stands: the unit's report, the section of its annex, the table, the row."""

    unit: str
    section: str
    table: str
    row: str


Words = tuple[str, str, str]
"""Share, interval, and the state where it is not `ok`, as written."""
Told = tuple[Place, Words]
Cells = Mapping[Place, Words]


def told_at(cells: Cells, place: Place) -> Words | None:
    """The words of a cell; a place of which no figure is shown answers for each of them."""
    return cells.get(place) or cells.get(place._replace(row=ANY))


def docx_cells(content: bytes, unit: str) -> dict[Place, Words]:
    """Every row of the annex of a Word file."""
    found: dict[Place, Words] = {}
    for section, caption, rows, note in _docx_tables(content):
        for name, share, interval, _count, mark in rows:
            place = (caption, name) if not caption.startswith(SILENT) else (name, ANY)
            found[Place(unit, section, *place)] = (share, interval, _state(mark, note))
    return found


def _docx_tables(content: bytes) -> Iterator[tuple[str, str, list[list[str]], str]]:
    section, caption, inside = "", "", False
    blocks = list(Document(io.BytesIO(content)).iter_inner_content())
    for place, block in enumerate(blocks):
        if isinstance(block, Table):
            if inside and caption:
                rows = [[cell.text for cell in row.cells] for row in block.rows[1:]]
                yield section, caption, rows, _text(blocks[place + 1])
            caption = ""
        elif block.style is not None and block.style.name == "Caption":
            caption = block.text
        elif block.style is not None and block.style.name == "Heading 3" and inside:
            section = block.text
        elif block.style is not None and block.style.name == "Heading 2":
            inside = block.text.endswith(ANNEX)


def _text(block: object) -> str:
    return str(getattr(block, "text", ""))


def _state(mark: str, after: str) -> str:
    """The words for a row's mark `(2)` in the notes below its table, up to the reasons.

    Notes begin with a small letter; where a row ends with the mark, the next begins with a capital.
    """
    if not mark:
        return ""
    notes = re.findall(rf"{re.escape(mark)} ([^:(]+):", after)
    return next((note for note in notes if note[0].islower()), f"no note {mark}")


NUMBER = r"(?:\d{1,3},\d\d)"
ROW_END = re.compile(rf"^ ({NUMBER} {NUMBER} – {NUMBER}|… …) ([\d.]+|…)(?: (\(\d+\))(?! [a-z]))?")


def pdf_cells(content: bytes, places: Sequence[Place]) -> dict[Place, Words]:
    """The rows of a PDF's annex at these places (their order is that of the document)."""
    with pypdfium2.PdfDocument(content) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    text = _flat(" ".join(pages))
    at = text.index(ANNEX)
    found: dict[Place, Words] = {}
    section, table = "", ""
    for place in places:
        if place.section != section:
            section = place.section
            at = text.index(_flat(section), at)
        if place.table != table and place.row != ANY:
            table = place.table
            at = text.index(f"{_flat(table)} Câu hỏi Hài lòng", at)
        at, found[place] = _pdf_row(text, _flat(place.table if place.row == ANY else place.row), at)
    return found


def _flat(text: str) -> str:
    """Without the places where lines end, which may be a space or a slash."""
    return re.sub(r"\s+", " ", text).replace("/ ", "/")


def _pdf_row(text: str, name: str, at: int) -> tuple[int, Words]:
    """The row that begins with a name, after a place of the text, and where it ends."""
    while True:
        at = text.index(name, at) + len(name)
        row = ROW_END.match(text[at : at + 60])
        if row:
            share, interval = row[1].split(" ", 1)
            return at, (share, interval, _state(row[3] or "", text[at:]))
