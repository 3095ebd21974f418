"""What a sender is told, and what is kept, for one response over HTTP."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.collection import (
    COMMUNE,
    OTHER_COMMUNE,
    OUTSIDE,
    SERVICE,
    Asking,
    how_many,
    post,
    stored,
)
from sqlmodel import select

from app.collection.mix import mix
from app.collection.tables import ResponseComment
from app.core.database import Database
from app.receipts.tables import SpentToken
from app.rounds.service import close_round

pytestmark = pytest.mark.anyio


def places(reply: httpx.Response) -> set[str]:
    error = reply.json()["error"]
    return {problem["where"] for problem in error.get("problems", [error])}


async def test_a_new_response_is_recorded(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire(duration_seconds=21)
    reply = await post(client, wire)
    assert reply.status_code == 201
    assert reply.json() == {
        "response_id": wire["response_id"],
        "status": "recorded",
        "outcome": "complete",
    }
    (row,) = stored(database)
    assert row.answers == {"q_overall": 5, "q_good": ["officer", "waiting"]}
    assert (row.mode, row.submission, row.unit_code, row.duration_seconds) == (
        "poster",
        "unknown",
        COMMUNE,
        21,
    )
    assert row.flags == "unstamped"  # sent by a program, not by a page


async def test_a_replayed_response_is_stored_once(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire(answers={"q_overall": 2, "q_comment": "chờ lâu quá"})
    statuses = [(await post(client, wire)).status_code for _ in range(3)]
    assert statuses == [201, 200, 200]
    assert (how_many(database), how_many(database, ResponseComment)) == (1, 1)


async def test_fifty_at_once_make_one_row_and_one_201(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire()
    replies = await asyncio.gather(*(post(client, wire) for _ in range(50)))
    assert sorted(reply.status_code for reply in replies) == [200] * 49 + [201]
    assert how_many(database) == 1


async def test_another_body_under_a_used_id_is_a_conflict(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire()
    await post(client, wire)
    reply = await post(client, {**wire, "answers": {"q_overall": 1}})
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "id_taken")
    assert stored(database)[0].answers["q_overall"] == 5


async def test_two_bodies_under_one_id_at_once_keep_one(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire()
    other = {**wire, "answers": {"q_overall": 1}}
    replies = await asyncio.gather(*(post(client, body) for body in [wire, other] * 20))
    assert sorted(reply.status_code for reply in replies) == [200] * 19 + [201] + [409] * 20
    assert how_many(database) == 1


async def test_repeats_and_conflicts_are_told_after_the_mix_too(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire(answers={"q_overall": 4, "q_comment": "tốt"})
    receipt = asking.receipt_wire(asking.token())
    await post(client, wire)
    await post(client, receipt)
    assert await asyncio.to_thread(mix, database, everything=True)
    assert [(await post(client, body)).status_code for body in (wire, receipt)] == [200, 200]
    assert (await post(client, {**wire, "answers": {"q_overall": 1}})).status_code == 409
    replies = await asyncio.gather(*(post(client, receipt) for _ in range(50)))
    assert {reply.status_code for reply in replies} == {200}
    assert how_many(database) == 2


async def test_the_order_of_keys_and_of_ticked_boxes_is_not_content(
    client: httpx.AsyncClient, asking: Asking
) -> None:
    wire = asking.wire(answers={"q_overall": 5, "q_good": ["waiting", "officer"]})
    turned = dict(
        reversed(list({**wire, "answers": {"q_good": ["officer", "waiting"], "q_overall": 5}}.items()))
    )
    assert [(await post(client, body)).status_code for body in (wire, turned)] == [201, 200]


async def test_free_text_is_kept_apart_from_the_response(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    await post(client, asking.wire(answers={"q_overall": 3, "q_comment": "  Cảm ơn cô Lan  "}))
    (row,) = stored(database)
    assert row.answers == {"q_overall": 3}
    with database.read() as session:
        comment = session.exec(select(ResponseComment)).one()
    assert (comment.body, comment.unit_code, comment.item_code) == ("Cảm ơn cô Lan", COMMUNE, "q_comment")
    assert row.response_id not in {str(value) for value in comment.model_dump().values()}


async def test_the_outcome_is_worked_out_here(client: httpx.AsyncClient, asking: Asking) -> None:
    assert (await post(client, asking.wire(answers={"q_comment": "chỉ góp ý"}))).json()[
        "outcome"
    ] == "breakoff"
    reply = await post(client, asking.wire(outcome="breakoff"))
    assert (reply.status_code, places(reply)) == (422, {"outcome"})


async def test_a_receipt_gives_one_answer_with_its_own_strata(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    token = asking.token()
    assert (await post(client, asking.receipt_wire(token))).status_code == 201
    (row,) = stored(database)
    assert (row.mode, row.service_code, row.submission, row.stage) == (
        "receipt",
        SERVICE,
        "online",
        "returned",
    )
    again = await post(client, asking.receipt_wire(token))
    assert (again.status_code, again.json()["error"]["code"]) == (422, "token_spent")
    assert (how_many(database), how_many(database, SpentToken)) == (1, 1)


async def test_one_token_in_many_hands_at_once_gives_one_answer(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    token = asking.token()
    replies = await asyncio.gather(*(post(client, asking.receipt_wire(token)) for _ in range(20)))
    assert sorted(reply.status_code for reply in replies) == [201] + [422] * 19
    assert how_many(database) == 1


async def test_an_identical_repeat_with_its_token_is_200(client: httpx.AsyncClient, asking: Asking) -> None:
    wire = asking.receipt_wire(asking.token())
    assert [(await post(client, wire)).status_code for _ in range(2)] == [201, 200]


async def test_a_refused_response_does_not_spend_its_token(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    token = asking.token()
    assert (await post(client, asking.receipt_wire(token, answers={"q_overall": 9}))).status_code == 422
    used = asking.wire()
    await post(client, used)
    taken = asking.receipt_wire(token, response_id=used["response_id"])
    assert (await post(client, taken)).status_code == 409
    assert how_many(database, SpentToken) == 0
    assert (await post(client, asking.receipt_wire(token))).status_code == 201


@pytest.mark.parametrize("kind", ["expired", "forged"])
async def test_a_code_that_does_not_hold_is_refused(
    client: httpx.AsyncClient, database: Database, asking: Asking, kind: str
) -> None:
    token = asking.token(expires_on=asking.today - timedelta(days=1))
    reply = await post(client, asking.receipt_wire(token if kind == "expired" else token[:-2] + "xx"))
    assert reply.status_code == 422
    assert reply.json()["error"]["code"] == ("token_expired" if kind == "expired" else "token_invalid")
    assert how_many(database) == 0


async def test_a_response_that_contradicts_its_receipt_is_refused(
    client: httpx.AsyncClient, asking: Asking
) -> None:
    wire = asking.receipt_wire(asking.token(), unit=OTHER_COMMUNE, submission="post", stage="received")
    reply = await post(client, wire)
    assert (reply.status_code, places(reply)) == (422, {"unit", "submission", "stage"})


async def test_a_repeat_is_told_even_when_the_round_has_closed(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire()
    await post(client, wire)
    with database.write() as session:
        close_round(session, asking.round_code)
    await asyncio.sleep(1.1)
    assert (await post(client, wire)).status_code == 200
    late = await post(client, asking.wire())
    assert (late.status_code, places(late)) == (422, {"round"})


async def test_a_claim_without_a_credential_counts_as_a_poster(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    assert (await post(client, asking.wire(mode="kiosk"))).status_code == 201
    (row,) = stored(database)
    assert (row.mode, row.flags) == ("poster", "unverified")


async def test_paper_answers_cannot_be_posted_by_anybody(client: httpx.AsyncClient, asking: Asking) -> None:
    reply = await post(client, asking.wire(mode="paper"))
    assert (reply.status_code, places(reply)) == (422, {"mode"})


async def test_an_unknown_credential_is_401(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    reply = await post(client, asking.wire(mode="kiosk"), Authorization="Bearer unknown")
    assert reply.status_code == 401
    assert how_many(database) == 0


def with_text(asking: Asking, text: str) -> dict[str, Any]:
    return asking.wire(answers={"q_overall": 3, "q_comment": text})


async def test_every_problem_is_named_at_once(
    client: httpx.AsyncClient, database: Database, asking: Asking
) -> None:
    wire = asking.wire(
        unit=OUTSIDE,
        service="9.999",
        language="fr",
        answered_on=(asking.today + timedelta(days=3)).isoformat(),
        answers={"q_overall": 9, "q_nothing": 1, "q_good": ["nobody"]},
    )
    reply = await post(client, wire)
    assert reply.status_code == 422
    assert places(reply) >= {
        "unit",
        "service",
        "language",
        "answered_on",
        "answers.q_overall",
        "answers.q_nothing",
    }
    assert how_many(database) == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"unit": "no-such"}, "unit"),
        ({"round": "no-such"}, "round"),
        ({"form_version": "f" * 64}, "form_version"),
        ({"response_id": "seven"}, "response_id"),
        ({"response_id": "8b86ab98-ec97-11f1-976e-02fc00000001"}, "response_id"),  # the second and the device
        ({"response_id": "00000000-0000-0000-0000-000000000000"}, "response_id"),
        ({"answered_on": "1764460800"}, "answered_on"),
        ({"answered_on": "4/5/2026"}, "answered_on"),
        ({"answered_on": "2020-01-01"}, "answered_on"),
        ({"mode": "pigeon"}, "mode"),
        ({"duration_seconds": -1}, "duration_seconds"),
        ({"duration_seconds": "12"}, "duration_seconds"),
        ({"dossier": "H05-1"}, "dossier"),
        ({"unit": "a\u0000b"}, "unit"),
        ({"unit": None}, "unit"),
        ({"answers": {"q_overall": True}}, "answers.q_overall"),
        ({"answers": {"q_overall": 3.5}}, "answers.q_overall"),
        ({"answers": {"q_overall": "5"}}, "answers.q_overall"),
        ({"answers": {"q_overall": None}}, "answers.q_overall"),
        ({"answers": {"q_overall": 3, "q_good": ["officer"]}}, "answers.q_good"),
        ({"answers": {f"q_{n}": 1 for n in range(201)}}, "answers"),
    ],
)
async def test_a_wrong_place_is_named(
    client: httpx.AsyncClient, database: Database, asking: Asking, change: dict[str, Any], where: str
) -> None:
    reply = await post(client, asking.wire(**change))
    assert reply.status_code == 422
    assert where in places(reply)
    assert how_many(database) == 0


@pytest.mark.parametrize(("name", "again"), [("q_overall", 5), ("mode", "kiosk")])
async def test_a_field_that_is_there_twice_is_refused(
    client: httpx.AsyncClient, database: Database, asking: Asking, name: str, again: object
) -> None:
    body = json.dumps(asking.wire(answers={"q_overall": 1}))
    doubled = body.replace(f'"{name}":', f'"{name}": {json.dumps(again)}, "{name}":')
    reply = await client.post(
        "/api/v1/responses", content=doubled, headers={"Content-Type": "application/json"}
    )
    assert (reply.status_code, places(reply)) == (422, {name})
    assert how_many(database) == 0


@pytest.mark.parametrize("text", ["x" * 501, "x" * 5000, "a\u0000b"])
async def test_text_that_cannot_be_kept_is_refused(
    client: httpx.AsyncClient, asking: Asking, text: str
) -> None:
    reply = await post(client, with_text(asking, text))
    assert (reply.status_code, places(reply)) == (422, {"answers.q_comment"})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"response_id": "\xe1"}', b"[" * 5000])
async def test_what_is_not_json_is_400(client: httpx.AsyncClient, home: object, body: bytes) -> None:
    reply = await client.post("/api/v1/responses", content=body, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "unreadable")


async def test_json_that_is_no_object_is_422(client: httpx.AsyncClient) -> None:
    assert (await post(client, [1])).status_code == 422  # type: ignore[arg-type]


async def test_another_media_type_is_415(client: httpx.AsyncClient, asking: Asking) -> None:
    reply = await client.post("/api/v1/responses", data={"response_id": str(uuid4())})
    assert (reply.status_code, reply.json()["error"]["where"]) == (415, "Content-Type")


async def test_ten_megabytes_are_413_and_never_parsed(client: httpx.AsyncClient, asking: Asking) -> None:
    reply = await post(client, with_text(asking, "x" * 10_000_000))
    assert reply.status_code == 413


async def test_errors_are_told_in_vietnamese_too(client: httpx.AsyncClient, asking: Asking) -> None:
    reply = await post(client, asking.wire(unit=OUTSIDE))
    assert "không tham gia đợt" in reply.json()["error"]["problems"][0]["message"]
