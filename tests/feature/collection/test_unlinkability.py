"""The link attack: a thief with the whole dump and the list "dossier -> token" does no better than guessing.

10,000 known tokens are answered through the real write path on four days in many small commits (the worst
case: a commit of five rows tells most), each day is mixed in the night after. Some arrive one to three days
late, as from a kiosk or a phone without network: few of a cell share their mix, so anything that tells a
token's or a comment's mix finds them. The thief knows each token's unit, service and day of the answer, and
even the key of the digests. Every clue of the dump is tried in two ways: equal numbers (one transaction, one
day), and order (ranks, over all mixes). The same attacks on an unmixed day succeed: they can bite.
"""

import asyncio
import io
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from builders.collection import COMMUNE, OTHER_COMMUNE, Asking, an_asking_commune, how_many
from builders.dumps import Clues, dumped
from scipy.stats import beta
from sqlmodel import select

from app.collection.mix import DailyMix, mix
from app.collection.schemas import wire_of_mapping
from app.collection.service import record, record_many
from app.collection.tables import Response
from app.collection.writer import Writer
from app.core import clock
from app.core.collation import sort_key
from app.core.database import Database
from app.core.errors import Invalid
from app.core.logs import configure_logs
from app.receipts.service import token_digest
from app.receipts.tables import SpentToken
from app.results.comments.preparing import prepare_all
from app.units.tables import Service

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.new_database]
PAIRS, DAYS, COMMIT_ROWS = 10_000, 4, 5
LATE_SHARE, MOST_DAYS_LATE = 0.06, 3
SERVICES = tuple(f"1.{number:06}" for number in range(16))
ARRIVALS = DAYS + MOST_DAYS_LATE
NOON = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0) - timedelta(days=ARRIVALS)
MOST_ADVANTAGE = 0.01
Cell = tuple[str, str, int]


@dataclass
class Known:
    """What the experiment knows of every token: its cell, its response, its comment; and the tokens sent."""

    cells: dict[str, Cell] = field(default_factory=dict)
    responses: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    late: set[str] = field(default_factory=set)

    def tokens_of(self, days: set[int]) -> dict[Cell, list[str]]:
        found: dict[Cell, list[str]] = defaultdict(list)
        for token, cell in self.cells.items():
            if cell[2] in days:
                found[cell].append(token)
        return found

    def comments_of(self, days: set[int]) -> dict[Cell, list[str]]:
        tokens = self.tokens_of(days).items()
        return {cell: [self.comments[token] for token in found] for cell, found in tokens}

    def by_comment(self) -> dict[str, str]:
        """The response of every comment."""
        return {body: self.responses[token] for token, body in self.comments.items()}


@pytest.fixture
def asking(database: Database) -> Asking:
    with database.write() as session:
        made = an_asking_commune(session)
        for code in SERVICES:
            name = f"Thủ tục {code}"
            session.add(
                Service(service_code=code, name=name, field="Hộ tịch", level="xã", sort_key=sort_key(name))
            )
    return made


@pytest.fixture
def log_lines(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    lines = io.StringIO()
    with monkeypatch.context() as replaced:
        replaced.setattr(sys, "stderr", lines)
        configure_logs("DEBUG")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(lines))
    yield lines
    configure_logs("INFO")


def planned(asking: Asking, known: Known) -> dict[int, list[dict[str, object]]]:
    """Every answer, by the day it arrives, in the order people come."""
    source = random.Random(0)
    arriving: dict[int, list[dict[str, object]]] = defaultdict(list)
    for day in range(DAYS):
        for _ in range(PAIRS // DAYS):
            days_late = source.randint(1, MOST_DAYS_LATE) if source.random() < LATE_SHARE else 0
            arriving[day + days_late].append(a_wire(asking, known, source, day=day, is_late=days_late > 0))
    return arriving


async def send_a_day(database: Database, wires: list[dict[str, object]], *, day: int) -> None:
    """What arrives on one day, in commits of a few rows."""
    random.Random(day).shuffle(wires)
    writer = Writer(database, limit=100)
    writer.start()
    with clock.fixed(NOON + timedelta(days=day)):
        await asyncio.to_thread(prepare_all, database)  # staff read the comments mixed last night
        for start in range(0, len(wires), COMMIT_ROWS):
            few = wires[start : start + COMMIT_ROWS]
            await asyncio.gather(*(record(writer, wire_of_mapping(wire)) for wire in few))
    await asyncio.to_thread(writer.stop)


def a_wire(
    asking: Asking, known: Known, source: random.Random, *, day: int, is_late: bool
) -> dict[str, object]:
    unit, service = source.choice((COMMUNE, OTHER_COMMUNE)), source.choice(SERVICES)
    token = asking.token(unit_code=unit, service_code=service)
    answers: dict[str, object] = {"q_overall": source.randint(1, 5)}
    digest = token_digest(token)
    known.comments[digest] = answers["q_comment"] = f"body-{len(known.comments):06}"
    with clock.fixed(NOON + timedelta(days=day)):
        answered_on = clock.today().isoformat()
    wire = asking.receipt_wire(token, unit=unit, answered_on=answered_on, answers=answers, service=service)
    known.cells[digest] = (unit, service, day)
    known.responses[digest] = wire["response_id"]
    known.sent.append(token)
    if is_late:
        known.late.add(digest)
    return wire


def by_rank(
    tokens: list[str], others: list[str], clues: Clues, pick: Callable[[list[int]], int]
) -> dict[str, str]:
    """Those that came at the same point of the day belong together."""
    left = sorted((key for key in tokens if key in clues), key=lambda key: pick(clues[key]))
    right = sorted((key for key in others if key in clues), key=lambda key: pick(clues[key]))
    if not right:
        return {}
    return {key: right[place * len(right) // len(left)] for place, key in enumerate(left)}


def by_equality(tokens: list[str], others: list[str], clues: Clues, source: random.Random) -> dict[str, str]:
    """Those that share a number belong together."""
    having: dict[int, list[str]] = defaultdict(list)
    for key in others:
        for number in clues.get(key, ()):
            having[number].append(key)
    found = {}
    for token in tokens:
        shared = [key for number in clues.get(token, ()) for key in having[number]]
        if shared:
            rarest = min(clues[token], key=lambda number: len(having[number]) or len(others))
            found[token] = source.choice(having[rarest] or shared)
    return found


def attacked(known: Known, dump: dict[str, Clues], *, days: set[int]) -> dict[str, tuple[int, int, float]]:
    """For every attack: how many links were right, of how many, and the share that guessing gets right."""
    tokens, source = known.tokens_of(days), random.Random(0)
    results = {}
    for target, cells, truth in (
        ("response", tokens, known.responses),
        ("comment", tokens, known.comments),
        ("response of a comment", known.comments_of(days), known.by_comment()),
    ):
        for name, clues in dump.items():
            ways: dict[str, Callable[[list[str], list[str]], dict[str, str]]] = {
                "lowest first": lambda left, right, clues=clues: by_rank(left, right, clues, min),
                "highest first": lambda left, right, clues=clues: by_rank(left, right, clues, max),
                "equal": lambda left, right, clues=clues: by_equality(left, right, clues, source),
            }
            for way, link in ways.items():
                results[f"{target} by {name}, {way}"] = scored(cells, truth, link, source)
    return results


def scored(
    cells: dict[Cell, list[str]],
    truth: dict[str, str],
    link: Callable[[list[str], list[str]], dict[str, str]],
    source: random.Random,
) -> tuple[int, int, float]:
    """Only tokens that have such a row are asked about; where a clue is missing the thief guesses."""
    right = asked = 0
    expected = 0.0
    for tokens in cells.values():
        known = [token for token in tokens if token in truth]
        others = [truth[token] for token in known]
        source.shuffle(known)
        source.shuffle(others)
        links = link(known, others)
        right += sum(links.get(token, source.choice(others)) == truth[token] for token in known)
        asked += len(known)
        expected += 1
    return right, asked, expected / asked


def upper_bound(right: int, asked: int) -> float:
    """Clopper and Pearson's one-sided 95 % bound."""
    return float(beta.ppf(0.95, right + 1, asked - right))


def as_the_proxy_logs(known: Known) -> str:
    """What the example of the deployment guide writes down about these tokens' pages."""
    guide = (Path(__file__).parents[3] / "docs" / "deployment.md").read_text(encoding="utf-8")
    rule = re.search(r"map \$request_uri \$path_without_token \{ ~(\S+) (\S+?);", guide)
    pattern, replacement = rule.groups()
    line = re.search(r"log_format sipas '([^']*)'", guide)[1]
    assert "$path_without_token" in line
    assert not re.search(r"\$(request|request_uri|uri|remote_addr|http_referer|http_x_forwarded_for)\b", line)
    paths = [f"/r/{token}{rest}" for token in known.sent for rest in ("", "/qr.svg", "?lang=en")]
    return "\n".join(replacement if re.search(pattern, path) else path for path in paths)


async def test_after_the_mix_a_thief_of_everything_only_guesses(
    database: Database, asking: Asking, home: Path, log_lines: io.StringIO
) -> None:
    known = Known()
    arriving = planned(asking, known)
    for day in range(ARRIVALS):
        await send_a_day(database, arriving[day], day=day)
        if day == DAYS - 1:
            bites = attacked(known, dumped(database, home), days={day})
        with clock.fixed(NOON + timedelta(days=day + 1)):
            assert (await asyncio.to_thread(mix, database)).responses == len(arriving[day])
    assert len(known.late) > PAIRS * LATE_SHARE / 2
    worst = max(right / asked - guess for right, asked, guess in bites.values())
    assert worst > 0.1, bites

    results = attacked(known, dumped(database, home), days=set(range(DAYS)))
    assert {asked for right, asked, _ in results.values()} == {PAIRS}
    advantages = {name: upper_bound(right, asked) - guess for name, (right, asked, guess) in results.items()}
    assert {name: value for name, value in advantages.items() if value > MOST_ADVANTAGE} == {}

    written = log_lines.getvalue() + as_the_proxy_logs(known)
    assert '"mixed"' in written
    secrets = {*known.cells, *known.responses.values(), *known.comments.values(), *known.sent}
    assert not secrets & set(re.findall(r"[\w~.-]{8,}", written))


async def test_what_arrives_during_a_mix_is_neither_lost_nor_accepted_twice(
    database: Database, asking: Asking
) -> None:
    writer = Writer(database, limit=500)
    writer.start()
    tokens = [asking.token() for _ in range(120)]
    mixing = asyncio.gather(*(asyncio.to_thread(mix, database, everything=True) for _ in range(3)))
    for token in tokens:
        assert (await record(writer, wire_of_mapping(asking.receipt_wire(token)))).status == 201
    await mixing
    for token in tokens[::10]:
        with pytest.raises(Invalid) as refused:
            await record(writer, wire_of_mapping(asking.receipt_wire(token)))
        assert refused.value.code == "token_spent"
    await asyncio.to_thread(writer.stop)
    assert (how_many(database), how_many(database, SpentToken)) == (120, 120)


async def test_files_that_somebody_reads_are_rewritten_as_soon_as_they_are_free(
    database: Database, asking: Asking, log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.database.BUSY_SECONDS", 1)
    monkeypatch.setattr("app.collection.mix.LOCK_SECONDS", 1)
    record_many(database, [wire_of_mapping(asking.wire(answered_on=str(asking.today)))])
    daily = DailyMix(database)
    with clock.fixed(clock.now() + timedelta(days=1)):
        with database.read() as reading:
            assert len(reading.exec(select(Response)).all()) == 1
            await asyncio.to_thread(daily._mix_today)
            assert daily.is_due(), log_lines.getvalue()
        assert "traces_remain" in log_lines.getvalue()
        await asyncio.to_thread(daily._mix_today)
        assert not daily.is_due()


async def test_files_are_rewritten_also_when_the_server_ends_right_after_the_mix(
    database: Database, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(_: Database) -> bool:
        raise SystemExit

    record_many(database, [wire_of_mapping(asking.wire(answered_on=str(asking.today)))])
    with clock.fixed(clock.now() + timedelta(days=1)):
        with monkeypatch.context() as patched:
            patched.setattr("app.collection.mix.clear_traces", power_cut)
            with pytest.raises(SystemExit):
                DailyMix(database)._mix_today()
        rewritten = []
        for name in ("_rewrite_sqlite", "_rewrite_tables"):
            monkeypatch.setattr(f"app.collection.mix.{name}", lambda _: rewritten.append(1) or True)
        for _ in range(2):  # the next process, and the one after it
            DailyMix(database)._mix_today()
    assert rewritten == [1]
