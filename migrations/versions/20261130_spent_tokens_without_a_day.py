"""Spent tokens lose the day of their mix, which responses have too; nor do comments tell their batch.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ANEW = {
    "sqlite": "INSERT OR REPLACE INTO {table} SELECT * FROM {table} ORDER BY {key}",
    "postgresql": "WITH taken AS (DELETE FROM {table} RETURNING *) "
    "INSERT INTO {table} SELECT * FROM taken ORDER BY {key}",
}
LAST_MIX = "(SELECT max(mixed_on) FROM response_comment)"


def upgrade() -> None:
    op.drop_index(op.f("ix_spent_token_mixed_on"), table_name="spent_token")
    op.drop_column("spent_token", "mixed_on")
    op.execute(f"UPDATE response_comment SET mixed_on = {LAST_MIX} WHERE mixed_on IS NOT NULL")
    _write_anew("spent_token", "token_digest")
    _write_anew("response_comment", "comment_id")
    _write_anew("comment_handling", "comment_id")


def _write_anew(table: str, key: str) -> None:
    """In an order that follows from random keys: the next mix clears what the files still hold."""
    op.execute(ANEW[op.get_bind().dialect.name].format(table=table, key=key))


def downgrade() -> None:
    """Without a day every token is one that the next mix takes."""
    op.add_column("spent_token", sa.Column("mixed_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_spent_token_mixed_on"), "spent_token", ["mixed_on"], unique=False)
