"""A QR picture is read back, from its vector drawing and from the signs of a terminal."""

import re

import numpy as np
import pytest
import zxingcpp

from app.core.qr import qr_svg, qr_text

PIXELS, DARK = 6, {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
LINK = "https://sipas.hailong.lan/kiosk/enrol#K7Q4-9MXT"


def read(modules: list[list[int]]) -> str:
    picture = np.kron(1 - np.array(modules), np.ones((PIXELS, PIXELS))) * 255
    (found,) = zxingcpp.read_barcodes(picture.astype(np.uint8))
    return str(found.text)


@pytest.mark.parametrize("text", [LINK, "a", LINK * 3])
def test_signs_of_a_terminal_are_read_back(text: str) -> None:
    lines = qr_text(text).splitlines()
    read_back = [[DARK[sign][half] for sign in line] for line in lines for half in (0, 1)]
    assert read(read_back) == text


def test_the_vector_drawing_is_read_back() -> None:
    svg = qr_svg(LINK)
    size = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    modules = [[0] * size for _ in range(size)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        modules[int(y)][int(x) : int(x) + int(run)] = [1] * int(run)
    assert read(modules) == LINK
