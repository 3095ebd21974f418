"""QR pictures: error level M, a quiet zone of four modules, black on white."""

import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_MODULES = 4
PIXELS_A_MODULE = 8
HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def qr_svg(text: str) -> str:
    """The picture as SVG: one path, the quiet zone inside its edges, any size stays sharp."""
    rows = _code(text).get_matrix()
    size = len(rows)
    runs = "".join(_runs(row, y) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def qr_png(text: str) -> bytes:
    """The picture as PNG."""
    buffer = io.BytesIO()
    _code(text).make_image().save(buffer)
    return buffer.getvalue()


def qr_text(text: str) -> str:
    """The picture in signs of a terminal, two rows of modules a line; to be shown black on white."""
    rows = _code(text).get_matrix()
    rows += [[False] * len(rows)] * (len(rows) % 2)
    lines = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(HALVES[pair] for pair in zip(*line, strict=True)) for line in lines)


def _code(text: str) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES, box_size=PIXELS_A_MODULE)
    code.add_data(text)
    code.make(fit=True)
    return code


def _runs(row: list[bool], y: int) -> str:
    """The dark runs of one row as path commands."""
    parts, x = [], 0
    while x < len(row):
        end = x
        while end < len(row) and row[end]:
            end += 1
        if end > x:
            parts.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
        x = end + 1
    return "".join(parts)
