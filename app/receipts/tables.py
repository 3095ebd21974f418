"""Which one-time tokens were spent. Issuing stores nothing: a token carries its strata, signed."""

from datetime import date

from sqlmodel import Field, SQLModel


class SpentToken(SQLModel, table=True):
    """The digest of a spent token and when it may be forgotten; no key shared with responses."""

    __tablename__ = "spent_token"

    token_digest: str = Field(primary_key=True, max_length=64)
    expires_on: date = Field(index=True)
    mixed_on: date | None = Field(default=None, index=True)
