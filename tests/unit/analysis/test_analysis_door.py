"""The public surface of analysis: what is listed exists, is documented, and costs nothing until used."""

import subprocess
import sys
from pathlib import Path

import pytest

import analysis
from analysis.errors import AnalysisError


@pytest.mark.parametrize("name", analysis.__all__)
def test_every_listed_name_can_be_imported_and_is_documented(name: str) -> None:
    found = getattr(analysis, name)
    if callable(found):
        assert found.__doc__


def test_no_public_name_is_also_the_name_of_a_module() -> None:
    modules = {path.stem for path in Path(analysis.__file__).parent.glob("*.py")}
    assert not modules & set(analysis.__all__)


def test_an_unknown_name_says_where_the_list_is() -> None:
    with pytest.raises(AttributeError, match="'mean_of_means'; see analysis/README.md"):
        _ = analysis.mean_of_means


def test_importing_the_library_loads_nothing_heavy() -> None:
    code = (
        "import sys, analysis, analysis.intervals, analysis.reliability, analysis.opt_in\n"
        "heavy = {'scipy.stats', 'statsmodels', 'pandas', 'scipy.optimize'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_error_carries_its_code_and_its_fields() -> None:
    class Broken(AnalysisError):
        code = "broken"
        template = "{what} is broken"

    error = Broken(what="the scale")
    assert (str(error), error.code, error.fields) == ("the scale is broken", "broken", {"what": "the scale"})
