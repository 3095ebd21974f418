"""One code a dossier: one-stop software may ask again and gets the same paper.

A dossier's number is kept as a keyed digest until its code expires, and for nothing else. The code beside it
is sealed with a key that the number itself is part of: neither the database nor the program can go from a row
to a code without being told the number. Answering touches neither row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import Connection, Table, delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.errors import Conflict
from app.core.tokens import keyed_digest
from app.receipts.short_codes import BITS, code_of, number_of, receipts_of, store_codes, withdraw_codes
from app.receipts.tables import IssuedDossier
from app.receipts.tokens import Receipt

SEPARATOR = "\x1f"
DOSSIERS = cast(Table, inspect(IssuedDossier).local_table)
_INSERT = {
    "sqlite": sqlite.insert(DOSSIERS).on_conflict_do_nothing().returning(DOSSIERS.c.dossier_digest),
    "postgresql": postgresql.insert(DOSSIERS).on_conflict_do_nothing().returning(DOSSIERS.c.dossier_digest),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A receipt to issue, and the dossier it is for where it is said."""

    receipt: Receipt
    dossier: str = ""

    @property
    def number(self) -> str:
        """The dossier within its round, unit and stage: each stage has a code of its own."""
        own = (self.receipt.round_code, self.receipt.unit_code, self.receipt.stage, self.dossier)
        return SEPARATOR.join(own) if self.dossier else ""


@dataclass(frozen=True, slots=True)
class Coded:
    """A receipt with its code; `repeated` when this dossier had it before."""

    code: str
    receipt: Receipt
    repeated: bool = False


def code_receipts(connection: Connection, wanted: Sequence[Wanted]) -> list[Coded]:
    """A code for every receipt, in order; the first one again for a dossier that has one."""
    before = _codes_of(connection, {one.number for one in wanted if one.number})
    fresh = _firsts(wanted, without=before.keys())
    codes = dict(zip(fresh, store_codes(connection, [wanted[place].receipt for place in fresh]), strict=True))
    claimed = {wanted[place].number: code for place, code in codes.items() if wanted[place].number}
    lost = _claim(connection, claimed, {wanted[place].number: wanted[place].receipt for place in fresh})
    withdraw_codes(connection, [claimed[number] for number in lost])
    codes = {place: code for place, code in codes.items() if wanted[place].number not in lost}
    by_number = claimed | before | _codes_of(connection, lost)
    known = receipts_of(connection, [by_number[one.number] for one in wanted if one.number])
    return [
        Coded(codes[place], one.receipt)
        if place in codes
        else _again(by_number[one.number], known, one, place=place)
        for place, one in enumerate(wanted)
    ]


def forget_dossiers(connection: Connection, today: date) -> int:
    """Drop the digests of dossiers whose code has expired."""
    return connection.execute(delete(DOSSIERS).where(DOSSIERS.c.expires_on < today)).rowcount


def _firsts(wanted: Sequence[Wanted], *, without: Collection[str]) -> list[int]:
    """Places that need a code of their own: no dossier, or the first mention of one that has none."""
    seen = set(without)
    places = []
    for place, one in enumerate(wanted):
        if one.number not in seen:
            places.append(place)
        if one.number:
            seen.add(one.number)
    return places


def _again(code: str, known: Mapping[str, Receipt], one: Wanted, *, place: int) -> Coded:
    receipt = known.get(code)
    if receipt is None or _strata(receipt) != _strata(one.receipt):
        raise Conflict(
            "this dossier has a code already, for another service or way of filing",
            where=f"receipts.{place}.dossier",
            code="dossier_issued",
            remedy="send what was sent the first time; one dossier has one code a stage",
        )
    return Coded(code, receipt, repeated=True)


def _strata(receipt: Receipt) -> tuple[str, str]:
    return receipt.service_code, receipt.submission


def _codes_of(connection: Connection, numbers: set[str]) -> dict[str, str]:
    """The codes of those dossiers that have one."""
    if not numbers:
        return {}
    digests = {_digest(number): number for number in numbers}
    found = connection.execute(select(DOSSIERS).where(DOSSIERS.c.dossier_digest.in_(digests)))
    return {
        digests[row.dossier_digest]: _unsealed(row.sealed_code, digests[row.dossier_digest]) for row in found
    }


def _claim(connection: Connection, codes: dict[str, str], receipts: dict[str, Receipt]) -> set[str]:
    """Keep these codes for their dossiers; those given back were claimed by somebody else meanwhile."""
    if not codes:
        return set()
    rows = {
        _digest(number): {
            "dossier_digest": _digest(number),
            "sealed_code": _sealed(code, number),
            "expires_on": receipts[number].expires_on,
        }
        for number, code in codes.items()
    }
    ordered = [rows[digest] for digest in sorted(rows)]  # in one order: batches cannot deadlock
    won = set(connection.execute(_INSERT[connection.dialect.name], ordered).scalars())
    return {number for number in codes if _digest(number) not in won}


def _digest(number: str) -> str:
    return keyed_digest("dossier", number.encode())


def _pad(number: str) -> int:
    return int(keyed_digest("dossier_seal", number.encode()), 16) % (1 << BITS)


def _sealed(code: str, number: str) -> str:
    return code_of(number_of(code) ^ _pad(number))


def _unsealed(sealed: str, number: str) -> str:
    return code_of(number_of(sealed) ^ _pad(number))
