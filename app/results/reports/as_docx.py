"""A report as an editable Word file: real styles, repeated table headers, words for pictures."""

import io
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from app.core.language import translator
from app.results.reports.as_pdf import FIXED_WORDS
from app.results.reports.content import Block, Bullets, Heading, Paragraph, Picture, Report, Table

SERIF = "Times New Roman"
TEXT_WIDTH_MM = 165
MARGINS_MM = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 15}
LANGUAGE_TAGS = {"vi": "vi-VN", "en": "en-GB"}


def as_docx(report: Report) -> bytes:
    """The file, complete and without anything of the machine that made it."""
    document = Document()
    _set_page(document, report)
    _set_styles(document, LANGUAGE_TAGS[report.language])
    _letterhead(document, report)
    for block in report.blocks:
        _add(document, block)
    _closing(document, report)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _set_page(document: Any, report: Report) -> None:
    document.core_properties.title = f"{report.kind}: {report.subject}"
    document.core_properties.author = report.letterhead.agency
    document.core_properties.language = LANGUAGE_TAGS[report.language]
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, size in MARGINS_MM.items():
        setattr(section, name, Mm(size))
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(number, "PAGE")
    for footer in (section.footer, section.first_page_footer):
        line = footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(report.footer).font.size = Pt(8.5)


def _set_styles(document: Any, language: str) -> None:
    sizes = {
        "Normal": 13,
        "Heading 1": 14,
        "Heading 2": 13,
        "Heading 3": 13,
        "Caption": 11,
        "List Bullet": 13,
    }
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = SERIF, Pt(size)
        style.font.color.rgb = None
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), SERIF)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        for colour in style.element.get_or_add_rPr().findall(qn("w:color")):
            style.element.rPr.remove(colour)
    tag = OxmlElement("w:lang")
    tag.set(qn("w:val"), language)
    document.styles["Normal"].element.get_or_add_rPr().append(tag)
    body = document.styles["Normal"].paragraph_format
    body.space_after, body.line_spacing = Pt(6), 1.15
    caption = document.styles["Caption"]
    caption.font.bold, caption.font.italic = True, False
    caption.paragraph_format.keep_with_next = True


def _letterhead(document: Any, report: Report) -> None:
    translate, head = translator(report.language), report.letterhead
    grid = document.add_table(rows=1, cols=2)
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    left, right = grid.rows[0].cells
    _widths(grid, (0.42, 0.58))
    _centred(left, [(head.above.upper(), False, False), (head.agency.upper(), True, False)])
    _centred(left, [(head.number, False, False)])
    _centred(right, [(translate(FIXED_WORDS["nation"]), True, False)])
    _centred(right, [(translate(FIXED_WORDS["motto"]), True, False), (head.place_and_date, False, True)])
    for cell in (left, right):
        first = cell.paragraphs[0]
        first._element.getparent().remove(first._element)
    for text, style in ((report.kind.upper(), "Heading 1"), (report.subject, "Normal")):
        line = document.add_paragraph(text, style=style)
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if style == "Normal":
            line.runs[0].bold = True


def _centred(cell: Any, lines: list[tuple[str, bool, bool]]) -> None:
    for text, bold, italic in lines:
        if text:
            line = cell.add_paragraph()
            line.alignment, line.paragraph_format.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(2)
            run = line.add_run(text)
            run.bold, run.italic, run.font.size = bold, italic, Pt(12)


def _add(document: Any, block: Block) -> None:
    match block:
        case Heading(text, level):
            document.add_heading(text, level + 1)
        case Paragraph(text):
            document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        case Bullets(items):
            for item in items:
                document.add_paragraph(item, style="List Bullet")
        case Table():
            _table(document, block)
        case Picture():
            _picture(document, block)


def _table(document: Any, block: Table) -> None:
    document.add_paragraph(block.caption, style="Caption")
    grid = document.add_table(rows=1, cols=len(block.header), style="Table Grid")
    _widths(grid, block.shares)
    _fill(grid.rows[0].cells, block.header, texts=block.texts, bold=True)
    _repeat(grid.rows[0])
    for row in block.rows:
        _fill(grid.add_row().cells, row, texts=block.texts, bold=False)
    note = document.add_paragraph()
    note.add_run(block.note).font.size = Pt(9.5)


def _fill(cells: Any, values: tuple[str, ...], *, texts: int, bold: bool) -> None:
    for column, (cell, value) in enumerate(zip(cells, values, strict=True)):
        line = cell.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.LEFT if column < texts else WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.space_after, line.paragraph_format.line_spacing = Pt(1), 1.0
        run = line.add_run(value)
        run.bold, run.font.size = bold, Pt(10.5)


def _repeat(row: Any) -> None:
    """The row comes again at the top of every page, and is read out as header."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        properties.append(OxmlElement(name))


def _widths(grid: Any, shares: tuple[float, ...]) -> None:
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Mm(TEXT_WIDTH_MM * share / sum(shares))


def _picture(document: Any, block: Picture) -> None:
    from app.results.charts import chart_png

    drawn = document.add_picture(io.BytesIO(chart_png(block.svg)), width=Mm(TEXT_WIDTH_MM))
    drawn._inline.docPr.set("descr", block.alternative)
    drawn._inline.docPr.set("title", block.caption)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    caption = document.add_paragraph(block.caption, style="Caption")
    caption.paragraph_format.keep_with_next = False


def _closing(document: Any, report: Report) -> None:
    grid = document.add_table(rows=1, cols=2)
    _widths(grid, (0.48, 0.52))
    left, right = grid.rows[0].cells
    title = left.paragraphs[0].add_run(translator(report.language)(FIXED_WORDS["recipients"]))
    title.bold, title.italic, title.font.size = True, True, Pt(12)
    for recipient in report.letterhead.recipients:
        line = left.add_paragraph()
        line.paragraph_format.space_after = Pt(0)
        line.add_run(f"- {recipient}").font.size = Pt(11)
    right.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    right.paragraphs[0].add_run(report.letterhead.signature.upper()).bold = True


def _field(paragraph: Any, code: str) -> None:
    """A field that the word processor fills in, such as the page's number."""
    run = paragraph.add_run()
    for kind in ("begin", "", "end"):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = code
        run._r.append(mark)
