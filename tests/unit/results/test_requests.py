"""What can be asked of an estimate, and how a mistake is told."""

import pytest

from app.core.errors import Invalid
from app.results.request import MEASURE_SETS, EstimateRequest, check_request, words_of


def test_the_order_and_repetition_of_dimensions_do_not_matter() -> None:
    one = check_request(EstimateRequest("R", ("service", "unit", "service"), ("levels", "headline")))
    other = check_request(EstimateRequest("R", ("unit", "service"), ("headline", "levels")))
    assert one == other


def test_words_are_separated_by_commas_and_blanks_are_ignored() -> None:
    assert words_of(" unit, ,service ") == ("unit", "service")
    assert words_of("") == ()


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"by": ("ward",)}, "by"),
        ({"measures": ("nps",)}, "measures"),
        ({"measures": ()}, "measures"),
        ({"level": 95}, "level"),
        ({"level": float("nan")}, "level"),
        ({"variance": "jackknife"}, "variance"),
        ({"leverage": "hc3"}, "leverage"),
    ],
)
def test_a_mistake_names_its_place(options: dict[str, object], where: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_request(EstimateRequest("R", **options))  # type: ignore[arg-type]
    assert caught.value.problem.where == where


def test_an_unknown_set_of_measures_is_answered_with_the_known_ones() -> None:
    with pytest.raises(Invalid) as caught:
        check_request(EstimateRequest("R", measures=("nps",)))
    assert caught.value.problem.fields["known"] == ", ".join(MEASURE_SETS)
