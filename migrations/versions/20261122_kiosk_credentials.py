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
    # one column at a time, never the table anew: SQLite lets nobody drop a table that others point to
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("kiosk", sa.Column("device_id", text(length=32), nullable=True))
    op.add_column("kiosk", sa.Column("next_digest", text(), nullable=True))
    op.add_column("kiosk", sa.Column("credential_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.add_column("kiosk", sa.Column("opening_hours", text(length=40), server_default="", nullable=False))
    op.create_index(op.f("ix_kiosk_device_id"), "kiosk", ["device_id"], unique=True)
    op.create_index(op.f("ix_kiosk_next_digest"), "kiosk", ["next_digest"], unique=True)
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
    op.drop_index(op.f("ix_kiosk_next_digest"), table_name="kiosk")
    op.drop_index(op.f("ix_kiosk_device_id"), table_name="kiosk")
    for name in ("opening_hours", "credential_at", "next_digest", "device_id"):
        op.drop_column("kiosk", name)
