"""A receipt's token says what it covers, cannot be forged, and stops working after its day."""

from datetime import date
from pathlib import Path

import pytest

from app.core.errors import Invalid
from app.receipts.service import Receipt, issue, read_receipt, redeem, token_digest

TODAY = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def _own_key(home: Path) -> None:
    """Tokens are signed with the key of a home of their own."""


def a_token(expires_on: date = TODAY) -> str:
    return issue(
        "2026-q2",
        "07267",
        expires_on=expires_on,
        service_code="1.004194",
        submission="online",
        stage="returned",
    )


def test_a_token_carries_what_the_receipt_is_about() -> None:
    assert redeem(a_token(), on=TODAY) == Receipt("2026-q2", "07267", "1.004194", "online", "returned", TODAY)


def test_two_tokens_for_the_same_strata_differ() -> None:
    assert a_token() != a_token()
    assert token_digest(a_token()) != token_digest(a_token())


def test_a_token_works_on_its_last_day_and_not_the_day_after() -> None:
    token = a_token()
    assert redeem(token, on=TODAY)
    with pytest.raises(Invalid) as refused:
        redeem(token, on=date(2026, 5, 5))
    assert refused.value.code == "token_expired"
    assert "2026-05-04" in str(refused.value)


def test_an_expired_token_still_says_what_it_was_for() -> None:
    assert read_receipt(a_token(date(2020, 1, 1))).unit_code == "07267"


@pytest.mark.parametrize("form", ["{}x", "x{}", "", "giấy hẹn", "{}~{}"])
def test_a_changed_token_is_refused(form: str) -> None:
    with pytest.raises(Invalid) as refused:
        redeem(form.replace("{}", a_token()), on=TODAY)
    assert refused.value.code == "token_invalid"


def test_every_changed_letter_is_noticed() -> None:
    token = a_token()
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        if forged != token and place != len(token) - 1:  # the last letter holds unused bits
            with pytest.raises(Invalid):
                redeem(forged, on=TODAY)


def test_a_token_is_short_enough_for_a_coarse_qr() -> None:
    assert len(a_token()) <= 120


@pytest.mark.parametrize(("submission", "stage"), [("fax", ""), ("counter", "lost")])
def test_unknown_strata_are_refused_when_issuing(submission: str, stage: str) -> None:
    with pytest.raises(Invalid):
        issue("2026-q2", "07267", expires_on=TODAY, submission=submission, stage=stage)
