"""docs/methods.md: its worked example is recomputed from its own tables, its defaults from the program."""

import importlib
import inspect
import re
from decimal import Decimal
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.special import betaincinv, stdtrit

import analysis

DOCUMENT = (Path(analysis.__file__).parents[1] / "docs" / "methods.md").read_text(encoding="utf-8")


def table(name: str) -> list[list[str]]:
    """The body rows of the table that follows the mark of that name."""
    after = DOCUMENT.split(f"<!-- {name} -->\n", 1)[1]
    lines = after.split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def shows(written: str, value: float) -> bool:
    """Whether the value, rounded to the digits that are written, is what is written."""
    digits = -Decimal(written).as_tuple().exponent
    return abs(float(written) - value) <= 0.5000001 * 10**-digits


COUNTS = [(date, cell, int(n), int(s)) for date, cell, n, s in table("example: counts")]
DATES = sorted({date for date, *_ in COUNTS})


def cells() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, dossiers, *_ in table("example: cells"):
        n = sum(row[2] for row in COUNTS if row[1] == name)
        s = sum(row[3] for row in COUNTS if row[1] == name)
        found[name] = {"N": int(dossiers), "n": n, "S": s, "g": int(dossiers) / n, "mean": s / n}
    weight = sum(c["g"] * c["n"] for c in found.values())
    p = sum(c["g"] * c["S"] for c in found.values()) / weight
    for c in found.values():
        c["e"] = (c["S"] - p * c["n"]) / c["n"]
        c["a"] = sqrt(c["n"] / (c["n"] - 1))
    return found


def deviation(date: str, cell: str) -> float:
    return sum(s - cells()[cell]["mean"] * n for d, c, n, s in COUNTS if (d, c) == (date, cell))


def total(date: str) -> float:
    known = cells()
    weight = sum(c["N"] for c in known.values())
    return sum(c["a"] * c["g"] * deviation(date, name) for name, c in known.items()) / weight


def limits(p: float, n_star: float) -> tuple[float, float]:
    a, b = n_star * p + 0.5, n_star * (1 - p) + 0.5
    return float(betaincinv(a, b, 0.025)), float(betaincinv(a, b, 0.975))


def results() -> dict[str, float]:
    known = cells().values()
    weight = sum(c["N"] for c in known)
    n, m = sum(c["n"] for c in known), len(DATES)
    p = sum(c["g"] * c["S"] for c in known) / weight
    mean = sum(total(date) for date in DATES) / m
    variance = m / (m - 1) * sum((total(date) - mean) ** 2 for date in DATES)
    kish = weight**2 / sum(c["n"] * c["g"] ** 2 for c in known)
    ratio = float(stdtrit(n - 1, 0.975) / stdtrit(m - 1, 0.975)) ** 2
    effective = p * (1 - p) / variance
    star = min(effective, kish) * ratio
    low, high = limits(p, star)
    return {
        "p": p,
        "V": variance,
        "se": sqrt(variance),
        "df": m - 1,
        "n_eff": effective,
        "n_Kish": kish,
        "t_ratio_squared": ratio,
        "n_star": star,
        "low": low,
        "high": high,
    }


def test_the_cells_of_the_example_follow_from_its_counts() -> None:
    for name, *written in table("example: cells"):
        for text, key in zip(written, ("N", "n", "S", "g", "mean", "e", "a"), strict=True):
            assert shows(text, cells()[name][key]), (name, key)


def test_the_daily_totals_of_the_example_follow_from_its_counts() -> None:
    for date, a, b, t in table("example: totals"):
        assert shows(a, deviation(date, "A"))
        assert shows(b, deviation(date, "B"))
        assert shows(t, total(date))


def test_the_results_of_the_example_follow_from_its_counts() -> None:
    by_hand = results()
    assert [name for name, *_ in table("example: results")] == list(by_hand)
    for name, written, _ in table("example: results"):
        assert shows(written, by_hand[name]), name


def example_estimates() -> analysis.Estimates:
    keys: dict[str, list[str]] = {"unit": [], "service": [], "submission": [], "mode": [], "date": []}
    answers: list[int] = []
    for date, cell, n, s in COUNTS:
        for name, value in (
            ("unit", "X"),
            ("service", cell),
            ("submission", ""),
            ("mode", ""),
            ("date", date),
        ):
            keys[name] += [value] * n
        answers += [5] * s + [1] * (n - s)
    cube = analysis.cube_from_rows(keys, {"q": answers})
    names = list(cells())
    columns = {"unit": ["X"] * 2, "service": names, "submission": [""] * 2, "month": ["2026-07"] * 2}
    dossiers = analysis.register(columns, [cells()[name]["N"] for name in names])
    design = analysis.design_opt_in(cube, analysis.weighting_cells(cube, dossiers, fields={}))
    domains = analysis.domains_by(design, ["unit"])
    return analysis.estimate_opt_in(design, [analysis.satisfied_share("q")], domains=domains)


def test_the_library_gives_the_example_s_results() -> None:
    found, by_hand = example_estimates(), results()
    pairs = {
        "p": found.estimate,
        "V": found.variance,
        "df": found.df,
        "n_eff": found.n_effective,
        "n_Kish": found.n_kish,
        "n_star": found.n_star,
        "low": found.low,
        "high": found.high,
    }
    for name, column in pairs.items():
        assert column[0, 0] == pytest.approx(by_hand[name], rel=1e-9), name


def test_the_example_is_marked_for_review_as_the_document_says() -> None:
    reasons = analysis.review_marks(example_estimates()).reasons(0, 0)
    assert "df_below_8" in reasons


def test_the_two_indices_of_the_example_follow_from_its_table() -> None:
    rows = [(int(n), int(s)) for _, n, s, _ in table("example: index")]
    written = {name: value for name, value, _ in table("example: index results")}
    for (n, s), row in zip(rows, table("example: index"), strict=True):
        assert shows(row[3], s / n)
    assert shows(written["pooled_answers"], sum(s for _, s in rows) / sum(n for n, _ in rows))
    assert shows(written["equal_criteria"], float(np.mean([s / n for n, s in rows])))


def test_the_difference_of_the_example_follows_from_its_two_shares() -> None:
    rows = [[float(x) for x in row[1:6]] for row in table("example: shares")]
    ends = []
    for (p, variance, n, kish, df), written in zip(rows, table("example: shares"), strict=True):
        ratio = float(stdtrit(n - 1, 0.975) / stdtrit(df, 0.975)) ** 2
        star = min(p * (1 - p) / variance, kish) * ratio
        ends.append((p, *limits(p, star)))
        for text, value in zip(written[6:], (star, *ends[-1][1:]), strict=True):
            assert shows(text, value)
    (p1, l1, u1), (p2, l2, u2) = ends
    d, low, high, p_value, arrow = table("example: difference")[0]
    assert shows(d, p1 - p2)
    assert shows(low, p1 - p2 - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2))
    assert shows(high, p1 - p2 + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2))
    one, two = (analysis.share_evidence(p, v, n=n, n_kish=k, df=df) for p, v, n, k, df in rows)
    found = analysis.difference_of_shares(one, two)
    assert shows(p_value, float(found.p_value))
    assert float(arrow) == float(found.direction)
    touching = analysis.difference_of_shares(one, two, level=1 - float(found.p_value))
    assert float(touching.low) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("name", "value"), [row[:2] for row in table("defaults")])
def test_every_default_in_the_document_is_the_program_s(name: str, value: str) -> None:
    module, constant = name.split(".")
    assert float(value) == getattr(importlib.import_module(f"analysis.{module}"), constant)


@pytest.mark.parametrize("name", [n for n in analysis.__all__ if inspect.isfunction(getattr(analysis, n))])
def test_every_public_function_is_named_in_the_document(name: str) -> None:
    assert re.search(rf"`{name}`", DOCUMENT), f"docs/methods.md does not mention `{name}`"


def test_every_function_the_document_names_exists() -> None:
    column = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
    known = set(analysis.__all__) | KNOWN_WORDS
    unknown = set(column.findall(DOCUMENT)) - known
    assert not unknown


KNOWN_WORDS = {"opt_in", "legal_formula", "covered_share", "as_written", "over_count", "no_population"}


def test_every_file_the_document_points_to_exists() -> None:
    root = Path(analysis.__file__).parents[1]
    paths = re.findall(r"`((?:tests|docs)/[\w./]+)`", DOCUMENT)
    assert paths
    for path in paths:
        assert (root / path).exists(), path


def test_every_section_that_a_source_names_is_there() -> None:
    headings = set(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", DOCUMENT, re.MULTILINE))
    named = {
        (path.name, number)
        for path in Path(analysis.__file__).parent.glob("*.py")
        for numbers in re.findall(
            r"docs/methods\.md sections? ([\d. and]+)", path.read_text(encoding="utf-8")
        )
        for number in re.findall(r"\d+(?:\.\d+)?", numbers)
    }
    assert named
    assert {place for place in named if place[1] not in headings} == set()
