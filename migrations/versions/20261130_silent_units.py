"""Alerts for units that collect nothing while their round asks.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = (
    *("below_target", "control_signal", "sample_behind", "flagged_high", "kiosk_silent", "kiosk_gap"),
    *("kiosk_full", "kiosk_aside", "kiosk_duplicate"),
)
ADDED = "unit_silent"
NAME = "ck_alert_known_rule"


def upgrade() -> None:
    _allow((*BEFORE, ADDED))


def downgrade() -> None:
    gone = f"(SELECT alert_id FROM alert WHERE rule = '{ADDED}')"
    op.execute(f"DELETE FROM alert_delivery WHERE alert_id IN {gone}")
    op.execute(f"DELETE FROM alert WHERE rule = '{ADDED}'")
    _allow(BEFORE)


def _allow(rules: tuple[str, ...]) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(NAME), "alert", type_="check")
        op.create_check_constraint(op.f(NAME), "alert", f"rule IN {rules}")
        return
    # SQLite makes the table anew, and lets nobody drop one that deliveries point to: they wait aside
    deliveries = sa.Table("alert_delivery", sa.MetaData(), autoload_with=connection)
    waiting = [dict(row) for row in connection.execute(sa.select(deliveries)).mappings()]
    connection.execute(sa.delete(deliveries))
    with op.batch_alter_table("alert") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), f"rule IN {rules}")
    if waiting:
        connection.execute(sa.insert(deliveries), waiting)
