"""A unit's own words on the last screen of its kiosks.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "unit_thanks",
        sa.Column("unit_code", text(length=35), nullable=False),
        sa.Column("language", text(length=5), nullable=False),
        sa.Column("words", text(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_code"], ["unit.unit_code"], name=op.f("fk_unit_thanks_unit_code_unit")
        ),
        sa.PrimaryKeyConstraint("unit_code", "language", name=op.f("pk_unit_thanks")),
    )


def downgrade() -> None:
    op.drop_table("unit_thanks")
