"""Charts as anybody's reader of SVG finds them."""

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from app.core.pages import STATIC
from app.results.charts import (
    NARROW,
    WIDE,
    Band,
    Frame,
    HeatCell,
    HeatMap,
    HeatRow,
    IntervalBars,
    IntervalRow,
    LevelRow,
    Mark,
    Profile,
    ProfileRow,
    QuadrantMark,
    Quadrants,
    ShareLevels,
    Trend,
    TrendPoint,
    chart_png,
    heat_map,
    interval_bars,
    palette,
    profile,
    quadrants,
    shade_of,
    share_levels,
    sparkline,
    trend_with_limits,
)
from app.results.charts.drawing import width_of, wrapped

SVG = "{http://www.w3.org/2000/svg}"
NASTY = 'Phường <b>"Nếnh" & Kinh Bắc</b>'
FRAME = Frame(
    "Phường Nếnh giảm rõ rệt", "Tỷ lệ hài lòng, %", "Cùng số liệu ở bảng", source="Đợt thử", headed=True
)
BARS = IntervalBars(
    (
        IntervalRow(NASTY, 84.96, 80.0, 90.0, 1234, sign="down"),
        IntervalRow("Phường Vân Hà", None, None, None, None, words="không công bố"),
    ),
    Mark(85.0, "Tỉnh"),
    Mark(95.0, "Mục tiêu"),
    Band(78.0, 88.0, "nửa giữa"),
)
TREND = Trend(
    (
        TrendPoint("2026-Q1", 90.0, 85.0, 94.0, 150, (80.0, 96.0)),
        TrendPoint("2026-Q2", None, None, None, None, words="ẩn"),
        TrendPoint("2026-Q3", 67.0, 57.0, 76.0, 87, (78.0, 97.0), signal="tín hiệu"),
    ),
    88.5,
    "Trung bình",
    "giới hạn",
)
MAP = HeatMap(("Đúng hẹn", "Lịch sự"), (HeatRow(NASTY, (HeatCell(51.4, "down"), HeatCell(None))),), "đậm hơn")
PROFILE = Profile((ProfileRow(NASTY, 69.5, 58.0, 79.0, 83, (86.0, 95.0), 82.0),), "nay", "cùng cấp", "trước")
LEVELS = ShareLevels(
    ("Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng"),
    (LevelRow(NASTY, (5.0, 10.0, 20.0, 40.0, 25.0), 80), LevelRow("Ẩn", (), None, words="không công bố")),
)
FIELDS = Quadrants(
    tuple(QuadrantMark(n, NASTY, 6.0, 74.0 + 0.2 * n, filled=n < 4) for n in range(1, 17)),
    importance_cut=6.25,
    value_cut=75.5,
    corners=("ít quan trọng, tốt", "quan trọng, tốt", "ít quan trọng hơn, thấp", "quan trọng, đang thấp"),
    across_label="Mức quan trọng",
    upwards_label="Hài lòng",
)
DRAWN: dict[str, Callable[[Frame], str]] = {
    "interval_bars": lambda frame: interval_bars(frame, BARS),
    "trend": lambda frame: trend_with_limits(frame, TREND),
    "heat_map": lambda frame: heat_map(frame, MAP),
    "profile": lambda frame: profile(frame, PROFILE),
    "quadrants": lambda frame: quadrants(frame, FIELDS),
    "share_levels": lambda frame: share_levels(frame, LEVELS),
}
each_chart = pytest.mark.parametrize("name", DRAWN)


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(svg).iter(f"{SVG}text")]


@each_chart
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_chart_is_whole_xml_with_a_title_and_a_description(name: str, width: int) -> None:
    svg = DRAWN[name](replace(FRAME, width=width))
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == FRAME.title  # type: ignore[union-attr]
    assert root.find(f"{SVG}desc").text == FRAME.description  # type: ignore[union-attr]
    assert {root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")} == set(  # type: ignore[union-attr]
        root.get("aria-labelledby", "").split()
    )
    assert "style" not in {name for one in root.iter() for name in one.attrib}
    assert "nan" not in svg
    assert "None" not in svg


@each_chart
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_drawn_beside_the_picture(name: str, width: int) -> None:
    root = ET.fromstring(DRAWN[name](replace(FRAME, width=width)))
    room, height = (float(side) for side in root.get("viewBox", "").split()[2:])
    for one in root.iter(f"{SVG}text"):
        if one.get("transform"):
            continue
        x, content = float(one.get("x", "0")), "".join(one.itertext())
        wide = width_of(content, float(one.get("font-size", "14")))
        start = {"end": x - wide, "middle": x - wide / 2}.get(one.get("text-anchor", ""), x)
        assert start >= -2, content
        assert start + wide <= room + 8, content
        assert float(one.get("y", "0")) <= height, content


def test_colours_are_those_of_the_pages() -> None:
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", _root()))
    named = {
        "paper": palette.PAPER,
        "wash": palette.WASH,
        "ink": palette.INK,
        "ink-quiet": palette.QUIET,
        "line": palette.LINE,
        "line-strong": palette.LINE_STRONG,
        "accent": palette.ACCENT,
        "accent-wash": palette.ACCENT_WASH,
        "bad": palette.BAD,
        "on-accent": palette.ON_DARK,
        **{f"level-{place}": colour for place, colour in enumerate(palette.LEVELS, start=1)},
        **{f"shade-{place}": colour for place, colour in enumerate(palette.SHADES)},
    }
    assert {name: tokens[name] for name in named} == named


def test_shades_grow_darker_in_grey_as_fewer_are_satisfied() -> None:
    assert [shade_of(value) for value in (95.0, 90.0, 85.0, 75.0, 65.0, 40.0)] == [0, 0, 1, 2, 3, 4]
    grey = [sum(w * int(c[i : i + 2], 16) for w, i in ((30, 1), (59, 3), (11, 5))) for c in palette.SHADES]
    assert all(lighter - darker > 700 for lighter, darker in pairwise(grey))


def test_a_bar_begins_at_zero_and_its_interval_stands_where_the_scale_says() -> None:
    root = ET.fromstring(interval_bars(Frame("t", "m", "d"), BARS))
    zero, hundred = _grid(root)
    bar = next(one for one in root.iter(f"{SVG}rect") if one.get("fill") == palette.ACCENT_WASH)
    assert float(bar.get("x", "")) == pytest.approx(zero, abs=0.1)
    assert float(bar.get("width", "")) == pytest.approx((hundred - zero) * 0.8496, abs=0.1)
    interval = next(one for one in root.iter(f"{SVG}path") if one.get("stroke-width") == "2")
    low, high = re.match(r"M([\d.]+) [\d.]+H([\d.]+)", interval.get("d", "")).groups()  # type: ignore[union-attr]
    assert float(low) == pytest.approx(zero + (hundred - zero) * 0.80, abs=0.1)
    assert float(high) == pytest.approx(zero + (hundred - zero) * 0.90, abs=0.1)


def test_numbers_are_vietnamese_and_rounded_half_up() -> None:
    shown = texts(interval_bars(Frame("t", "m", "d"), BARS))
    assert "85,0" in shown
    assert "1.234" in shown
    assert "85.0" in texts(interval_bars(Frame("t", "m", "d", language="en"), BARS))


def test_a_hidden_row_has_words_and_no_bar() -> None:
    alone = IntervalBars(BARS.rows[1:])
    svg = interval_bars(Frame("t", "m", "d"), alone)
    assert "không công bố" in texts(svg)
    assert palette.ACCENT_WASH not in svg
    assert "circle" not in svg


def test_a_series_is_broken_where_a_round_is_hidden_and_a_signal_is_a_word_and_a_shape() -> None:
    svg = trend_with_limits(Frame("t", "m", "d"), TREND)
    assert "tín hiệu" in texts(svg)
    assert svg.count("<circle") == 1
    joined = [
        one for one in re.findall(r'd="M[^"]*L[^"]*"[^>]*stroke-width="1.5"', svg) if palette.ACCENT in one
    ]
    assert joined == []


def test_a_flat_series_is_lower_and_says_the_same() -> None:
    usual, flat = (trend_with_limits(FRAME, shown) for shown in (TREND, replace(TREND, height=120)))
    high, low = (float(ET.fromstring(svg).get("height", "")) for svg in (usual, flat))
    assert high - low == TREND.height - 120
    assert texts(usual) == texts(flat)


def test_the_five_levels_stand_around_the_middle_one() -> None:
    root = ET.fromstring(share_levels(Frame("t", "m", "d"), LEVELS))
    parts = [one for one in root.iter(f"{SVG}rect") if one.get("fill") in palette.LEVELS]
    middle = parts[2]
    centre = next(one for one in root.iter(f"{SVG}path") if one.get("stroke") == palette.INK)
    x = float(re.match(r"M([\d.]+)", centre.get("d", "")).group(1))  # type: ignore[union-attr]
    assert float(middle.get("x", "")) + float(middle.get("width", "")) / 2 == pytest.approx(x, abs=0.2)
    widths = [float(one.get("width", "")) for one in parts]
    assert [round(w / sum(widths) * 100) for w in widths] == [5, 10, 20, 40, 25]


def test_a_sparkline_needs_no_round_to_be_published() -> None:
    assert "path" in sparkline([80.0, 85.0, None, 70.0], title="Nếnh")
    assert ET.fromstring(sparkline([None, None], title="<x>")).get("aria-label") == "<x>"


def test_long_names_are_cut_at_words() -> None:
    lines = wrapped("Chứng thực bản sao từ bản chính giấy tờ do cơ quan có thẩm quyền cấp", 160, 14)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(width_of(line, 14) <= 170 for line in lines)


def test_a_picture_has_two_pixels_for_each_unit() -> None:
    content = chart_png(interval_bars(Frame("t", "m", "d"), BARS))
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">I", content[16:20])[0] == 2 * WIDE


def _root() -> str:
    sheet = (STATIC / "tokens.css").read_text(encoding="utf-8")
    return sheet[sheet.index(":root") : sheet.index("[data-contrast")]


def _grid(root: ET.Element) -> tuple[float, float]:
    lines = [one.get("d", "") for one in root.iter(f"{SVG}path") if one.get("stroke") == palette.LINE]
    places = [float(re.match(r"M([\d.]+)", path).group(1)) for path in lines]  # type: ignore[union-attr]
    return min(places), max(places)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_words_of_two_fields_beside_each_other_do_not_touch(width: int) -> None:
    drawn = ET.fromstring(quadrants(replace(FRAME, width=width), FIELDS)).iter(f"{SVG}text")
    bold = [one for one in drawn if one.get("font-weight") == "600" and one.get("text-anchor") != "middle"]
    rows: dict[str, dict[str, float]] = {}
    for one in bold:
        at, wide = float(one.get("x", "0")), 1.06 * width_of(one.text or "", 12)
        if one.get("text-anchor") == "end":
            rows.setdefault(one.get("y", ""), {})["right"] = at - wide
        else:
            rows.setdefault(one.get("y", ""), {})["left"] = at + wide
    beside = [row for row in rows.values() if len(row) == 2]
    assert len(beside) >= 2
    assert all(row["right"] - row["left"] >= 12 for row in beside)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_mark_of_the_four_fields_covers_another_and_a_file_names_them(width: int) -> None:
    svg = quadrants(replace(FRAME, width=width), FIELDS)
    marks = [
        (float(one.get("cx", "0")), float(one.get("cy", "0")))
        for one in ET.fromstring(svg).iter(f"{SVG}circle")
        if one.get("r") == "10"
    ]
    assert len(marks) == len(FIELDS.marks)
    for place, (x, y) in enumerate(marks):
        assert all((x - a) ** 2 + (y - b) ** 2 >= 20**2 for a, b in marks[:place])
    assert sum(words.startswith("16. Phường") for words in texts(svg)) == 1
    assert not any("Phường" in words for words in texts(quadrants(replace(FRAME, headed=False), FIELDS)))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_mark_covers_the_words_of_a_field(width: int) -> None:
    corners = [(0.1, 55.0), (0.1, 90.0), (9.9, 55.5), (9.8, 89.5), (8.0, 55.5)]
    marks = [QuadrantMark(n, "a", *at) for n, at in enumerate(corners, start=1)]
    drawn = ET.fromstring(quadrants(replace(FRAME, width=width), replace(FIELDS, marks=marks)))
    shown = [one for one in drawn.iter(f"{SVG}circle") if one.get("r") == "10"]
    words = [one for one in drawn.iter(f"{SVG}text") if (one.text or "?") in " ".join(FIELDS.corners)]
    assert len(shown) == len(corners)
    assert len(words) >= len(FIELDS.corners)
    for mark in shown:
        x, y = float(mark.get("cx", "")), float(mark.get("cy", ""))
        for word in words:
            at, wide = float(word.get("x", "")), width_of(word.text or "", 12)
            left = at - wide if word.get("text-anchor") == "end" else at
            across = left - 9 <= x <= left + wide + 9
            assert not (across and float(word.get("y", "")) - 12 <= y <= float(word.get("y", "")))
