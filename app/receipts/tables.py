"""What receipts leave behind: spent tokens, codes people can type, dossiers that have their code, and starts.

No table here shares a key with the responses, and only the first is touched when an answer comes in.
"""

from datetime import date

from sqlmodel import Field, SQLModel


class SpentToken(SQLModel, table=True):
    """The digest of a spent token and its last day, which its paper says as well; no day it was spent on."""

    __tablename__ = "spent_token"

    token_digest: str = Field(primary_key=True, max_length=64)
    expires_on: date = Field(index=True)


class ShortCode(SQLModel, table=True):
    """A code people can type: from it and these strata its token is made again when asked for."""

    __tablename__ = "short_code"

    code_digest: str = Field(primary_key=True, max_length=64)
    round_code: str = Field(max_length=40)
    unit_code: str = Field(max_length=35)
    service_code: str = Field(default="", max_length=35)
    submission: str = Field(max_length=20)
    stage: str = Field(default="", max_length=20)
    expires_on: date = Field(index=True)


class IssuedDossier(SQLModel, table=True):
    """That a dossier has its code, which only the dossier's own number opens; forgotten when it expires."""

    __tablename__ = "issued_dossier"

    dossier_digest: str = Field(primary_key=True, max_length=64)
    sealed_code: str = Field(max_length=16)
    expires_on: date = Field(index=True)


class StartedCount(SQLModel, table=True):
    """How many people began to answer, by unit, mode, counter and day: no token, no time finer than a day."""

    __tablename__ = "started_count"

    unit_code: str = Field(primary_key=True, max_length=35)
    mode: str = Field(primary_key=True, max_length=20)
    counter: str = Field(default="", primary_key=True, max_length=20)
    started_on: date = Field(primary_key=True)
    started: int


class IssuedCount(SQLModel, table=True):
    """How many codes were issued, by round, unit, service, submission and month: it outlives the codes."""

    __tablename__ = "issued_count"

    round_code: str = Field(primary_key=True, max_length=40)
    unit_code: str = Field(primary_key=True, max_length=35)
    service_code: str = Field(default="", primary_key=True, max_length=35)
    submission: str = Field(primary_key=True, max_length=20)
    month: str = Field(primary_key=True, max_length=7)
    issued: int
