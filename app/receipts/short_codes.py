"""Codes that people type, such as K7Q4-9MXT: eight letters and digits that are hard to confuse.

The code is random. A row holds its keyed digest and the receipt's strata, never the code: a copy of the
database opens no page. The token's own random part follows from the code: one code leads to one token.
Rows are written when a code is issued and deleted after it expired; answering leaves them alone.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy import Connection, Table, delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.tokens import keyed_digest
from app.receipts.tables import ShortCode
from app.receipts.tokens import NONCE_BYTES, Receipt, write_token

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
BITS = 5 * LENGTH
BETWEEN = (
    " \u00a0.-\u2010\u2011\u2012\u2013\u2014\u2212"  # spaces, dots and every dash people's keyboards make
)
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", **dict.fromkeys(BETWEEN)})
LONGEST_TYPED = 20
CODES = cast(Table, inspect(ShortCode).local_table)
_INSERT = {
    "sqlite": sqlite.insert(CODES).on_conflict_do_nothing().returning(CODES.c.code_digest),
    "postgresql": postgresql.insert(CODES).on_conflict_do_nothing().returning(CODES.c.code_digest),
}


def tidy(typed: str) -> str:
    """The code somebody typed, or nothing: case, spaces and signs that look alike do not matter."""
    plain = typed[:LONGEST_TYPED].upper().translate(MISREAD)
    return plain if len(plain) == LENGTH and set(plain) <= set(ALPHABET) else ""


def grouped(code: str) -> str:
    """As it is printed: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def number_of(code: str) -> int:
    number = 0
    for letter in code:
        number = number * len(ALPHABET) + ALPHABET.index(letter)
    return number


def code_of(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))


def code_digest(code: str) -> str:
    return keyed_digest("short_code", code.encode())


def token_of(code: str, receipt: Receipt) -> str:
    """The one token of this code."""
    random = bytes.fromhex(keyed_digest("short_code_nonce", code.encode()))[:NONCE_BYTES]
    return write_token(receipt, nonce=urlsafe_b64encode(random).decode())


def store_codes(connection: Connection, receipts: Sequence[Receipt]) -> list[str]:
    """A fresh code for every receipt; a code that is taken already is drawn again."""
    codes = [""] * len(receipts)
    missing = list(range(len(receipts)))
    while missing:
        drawn = {
            code_digest(code): (code, place) for code, place in zip(_draw(len(missing)), missing, strict=True)
        }
        rows = [_row(digest, receipts[place]) for digest, (_, place) in sorted(drawn.items())]
        for digest in connection.execute(_INSERT[connection.dialect.name], rows).scalars():
            code, place = drawn[digest]
            codes[place] = code
        missing = [place for place in missing if not codes[place]]
    return codes


def receipts_of(connection: Connection, codes: Sequence[str]) -> Mapping[str, Receipt]:
    """The receipts of those codes that were issued and are kept."""
    digests = {code_digest(code): code for code in codes}
    found = connection.execute(select(CODES).where(CODES.c.code_digest.in_(digests)))
    return {
        digests[row.code_digest]: Receipt(
            row.round_code, row.unit_code, row.service_code, row.submission, row.stage, row.expires_on
        )
        for row in found
    }


def withdraw_codes(connection: Connection, codes: Sequence[str]) -> None:
    """Take back what this same transaction stored in vain."""
    connection.execute(delete(CODES).where(CODES.c.code_digest.in_([code_digest(code) for code in codes])))


def forget_codes(connection: Connection, before: date) -> int:
    """Drop the codes that expired before that day."""
    return connection.execute(delete(CODES).where(CODES.c.expires_on < before)).rowcount


def _draw(count: int) -> list[str]:
    """Different codes; two equal ones in one draw would be two papers with one answer."""
    drawn: set[str] = set()
    while len(drawn) < count:
        drawn.add(code_of(secrets.randbits(BITS)))
    return list(drawn)


def _row(digest: str, receipt: Receipt) -> dict[str, object]:
    return {
        "code_digest": digest,
        "round_code": receipt.round_code,
        "unit_code": receipt.unit_code,
        "service_code": receipt.service_code,
        "submission": receipt.submission,
        "stage": receipt.stage,
        "expires_on": receipt.expires_on,
    }
