"""Comments to hand on: what the page shows, masked, as CSV or a workbook."""

import csv
import io
from collections.abc import Iterable, Sequence

from app.core.files import check_format
from app.core.language import Translator
from app.core.numbers import day
from app.results.comments.masking import Piece
from app.results.comments.service import Comment
from app.results.comments.words import HIDDEN_WORDS, STATUS_WORDS
from app.results.exports.delimited import BYTE_ORDER_MARK, harmless
from app.results.exports.run_files import MEDIA_TYPES
from app.results.exports.workbook import OPTIONS, write_text

FORMATS = ("csv", "xlsx")
COLUMNS = (
    *("round", "unit_code", "unit_name", "service_code", "service_name", "answered_on"),
    *("topic", "comment", "status", "note", "handled_on", "handled_by"),
)
WIDE = {"comment": 80, "note": 40, "unit_name": 28, "service_name": 40, "topic": 28}


def plain(text: Sequence[Piece], translate: Translator) -> str:
    """A masked text with words for what is hidden: `gặp [họ tên] ở quầy 3`."""
    return "".join(piece.text or f"[{translate(HIDDEN_WORDS[piece.kind])}]" for piece in text)


def export_comments(
    comments: Iterable[Comment], kind: str, *, topics: dict[str, str], translate: Translator
) -> tuple[bytes, str]:
    """The file and its media type; every comment asked for is in it. Raises: Invalid for the format."""
    check_format(kind, FORMATS)
    rows = [_row(comment, topics, translate) for comment in comments]
    return (_csv(rows) if kind == "csv" else _xlsx(rows)), MEDIA_TYPES[kind]


def _row(comment: Comment, topics: dict[str, str], translate: Translator) -> list[str]:
    language = translate.language
    return [
        comment.round_code,
        comment.unit_code,
        comment.unit_name,
        comment.service_code,
        comment.service_name,
        day(comment.answered_on, language),
        topics.get(comment.topic, comment.topic),
        plain(comment.text, translate),
        translate(STATUS_WORDS[comment.status]),
        comment.note,
        day(comment.handled_on, language) if comment.handled_on else "",
        comment.handled_by,
    ]


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter  # heavy, and only for this kind of file

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS | {"in_memory": True}) as book:
        wrapped, page = book.add_format({"text_wrap": True, "valign": "top"}), book.add_worksheet("comments")
        page.freeze_panes(1, 0)
        for place, name in enumerate(COLUMNS):
            page.set_column(place, place, WIDE.get(name, 14), wrapped)
        for place, row in enumerate([COLUMNS, *rows]):
            for column, cell in enumerate(row):
                write_text(page, (place, column), cell)
    return file.getvalue()
