"""The same real survey through the public commands, from the raw file to the downloaded one, against R."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[2] / "docs" / "examples" / "resident_survey"
EXPECTED = json.loads((HERE / "expected.json").read_text())
WAVES = ("2021-09", "2022-03")
DIGITS = "12"


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def collected(home: Path) -> Iterator[Path]:
    run("units", "import", EXAMPLE / "units.csv")
    run("volumes", "import", EXAMPLE / "volumes.csv")
    run("forms", "publish", "resident_survey")
    forms = [
        part for mode in ("portal", "paper", "interviewer") for part in ("--form", f"{mode}=resident_survey")
    ]
    for wave in WAVES:
        period = ["--from", f"{wave}-01", "--to", f"{wave}-30", "--population", "residents_18"]
        run("rounds", "create", f"resident-{wave}", "--title", wave, *period, "--unit", "kc", *forms)
        run("responses", "import", HERE / "responses.csv", "--map", EXAMPLE / f"map-{wave}.toml")
    return home


@pytest.mark.slow
def test_the_downloaded_table_equals_r_for_every_district_wave_and_item(collected: Path) -> None:
    for wave, responses in zip(WAVES, (1033, 984), strict=True):
        file = collected / f"{wave}.csv"
        run(
            "estimate",
            "--round",
            f"resident-{wave}",
            "--by",
            "unit",
            "--out",
            file,
            "--digits",
            DIGITS,
            "--leverage",
            "none",
        )
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = [row for row in csv.DictReader(opened) if row["formula"] == "satisfied_share"]
        table = {
            (row["unit_code"], row["measure"]): row
            for row in rows
            if row["partial_rule"] == "complete_and_usable"
        }
        wanted = [row for row in EXPECTED if row["wave"] == wave]
        assert len(wanted) == 24 * 7
        for expected in wanted:
            unit = "kc" if expected["district"] == "all" else f"kc-{expected['district']}"
            found = table[unit, f"r_{expected['item']}"]
            assert int(found["n"]) == expected["n"]
            assert float(found["estimate"]) / 100 == pytest.approx(expected["estimate"], abs=1e-9)
            assert float(found["se"]) / 100 == pytest.approx(expected["se"], abs=1e-7)
            assert float(found["df"]) == expected["df"]
            assert found["variance_kind"] == "element"
        assert {row["responses"] for key, row in table.items() if key[0] == "kc"} == {str(responses)}


@pytest.mark.slow
def test_a_second_import_of_the_same_file_stores_nothing(collected: Path) -> None:
    output = run("responses", "import", HERE / "responses.csv", "--map", EXAMPLE / "map-2021-09.toml")
    assert "Accepted 0, repeated 1033, rejected 0, left out by the filter 984" in output
