"""The public surface of analysis as a reader meets it: documented in one form, typed, light to import."""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import analysis

ROOT = Path(analysis.__file__).parents[1]
FUNCTIONS = [n for n in analysis.__all__ if inspect.isfunction(getattr(analysis, n))]
CLASSES = [n for n in analysis.__all__ if inspect.isclass(getattr(analysis, n))]
HEAVY = ("statsmodels", "pandas", "scipy.stats", "scipy.optimize", "matplotlib", "duckdb", "pyarrow")


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("part", ["Shapes", "Units", "Raises", "Source", "Check"])
def test_every_public_function_is_documented_in_the_house_form(name: str, part: str) -> None:
    text = inspect.getdoc(getattr(analysis, name)) or ""
    assert f"{part}:" in text, f"analysis.{name} does not say {part}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_check_that_a_function_names_exists(name: str) -> None:
    said = (inspect.getdoc(getattr(analysis, name)) or "").split("Check:")[1]
    paths = re.findall(r"tests/[\w/]+(?:\.py)?", said)
    assert paths, f"analysis.{name} names no file under tests"
    for path in paths:
        assert (ROOT / path).exists(), f"analysis.{name} points to {path}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_is_typed_and_takes_few_positional_arguments(name: str) -> None:
    signature = inspect.signature(getattr(analysis, name))
    assert signature.return_annotation is not inspect.Signature.empty
    parameters = signature.parameters.values()
    assert all(p.annotation is not inspect.Parameter.empty for p in parameters)
    assert sum(p.kind is not inspect.Parameter.KEYWORD_ONLY for p in parameters) <= 3


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_class_is_an_error_or_a_frozen_value_that_states_its_meaning(name: str) -> None:
    found = getattr(analysis, name)
    assert inspect.getdoc(found)
    if not issubclass(found, Exception):
        assert dataclasses.is_dataclass(found)
        assert found.__dataclass_params__.frozen


def test_dir_lists_the_public_names_and_nothing_else() -> None:
    assert dir(analysis) == sorted(analysis.__all__)


def seconds_and_modules(code: str) -> tuple[float, set[str]]:
    """Processor time of the code in a fresh program, and what it loaded."""
    script = (
        "import sys, time\nbegin = time.process_time()\n"
        f"{code}\n"
        "print(time.process_time() - begin, *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT
    )
    first, *modules = done.stdout.split()
    return float(first), set(modules)


def test_importing_analysis_takes_less_than_a_third_of_a_second_and_loads_no_numpy() -> None:
    seconds, modules = seconds_and_modules("import analysis")
    assert seconds < 0.3
    assert "numpy" not in modules


def test_no_public_name_loads_anything_heavy_before_it_is_called() -> None:
    _, modules = seconds_and_modules("import analysis\nfor name in analysis.__all__: getattr(analysis, name)")
    assert not {name for name in modules if name.startswith(HEAVY)}
