"""Kiosks' credentials change without their device, and kiosks may have opening hours of their own.

Revision ID: 0005
Revises: 0004
"""

import hashlib

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KIOSK = sa.table(
    "kiosk",
    sa.column("kiosk_id", sa.String),
    sa.column("device_id", sa.String),
    sa.column("credential_digest", sa.String),
    sa.column("credential_at", sqlmodel.sql.sqltypes.UTCDateTime),
    sa.column("enrolled_at", sqlmodel.sql.sqltypes.UTCDateTime),
)


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    with op.batch_alter_table("kiosk") as batch_op:
        batch_op.add_column(sa.Column("device_id", text(length=32), nullable=True))
        batch_op.add_column(sa.Column("next_digest", text(), nullable=True))
        batch_op.add_column(sa.Column("credential_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("opening_hours", text(length=40), server_default="", nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_kiosk_device_id"), ["device_id"])
        batch_op.create_unique_constraint(batch_op.f("uq_kiosk_next_digest"), ["next_digest"])
    with op.batch_alter_table("kiosk") as batch_op:
        batch_op.alter_column("opening_hours", server_default=None)
    _name_devices()


def _name_devices() -> None:
    """A device keeps the name its count goes by: until now it followed from the credential."""
    connection = op.get_bind()
    connected = KIOSK.c.credential_digest.is_not(None)
    for kiosk in connection.execute(sa.select(KIOSK).where(connected)).all():
        device_id = hashlib.sha256(kiosk.credential_digest.encode()).hexdigest()[:32]
        connection.execute(
            sa.update(KIOSK)
            .where(KIOSK.c.kiosk_id == kiosk.kiosk_id)
            .values(device_id=device_id, credential_at=kiosk.enrolled_at)
        )


def downgrade() -> None:
    with op.batch_alter_table("kiosk") as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_kiosk_next_digest"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_kiosk_device_id"), type_="unique")
        for name in ("opening_hours", "credential_at", "next_digest", "device_id"):
            batch_op.drop_column(name)
