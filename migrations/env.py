"""Alembic's entry: the address comes from the caller or the settings, the shape from app.metadata."""

from alembic import context
from sqlalchemy import text

from app.core.database import Database, open_database
from app.metadata import metadata

LOCK = 7_205_153  # beside those of the mix and the alerts


def run() -> None:
    url = context.config.attributes.get("url")
    database = Database(url) if url else open_database()
    try:
        with database.engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=True,
                compare_type=True,
                user_module_prefix="sqlmodel.sql.sqltypes.",
            )
            with context.begin_transaction():
                if database.dialect == "postgresql":  # servers started at once: one migrates, the others wait
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                context.run_migrations()
            connection.commit()
    finally:
        database.close()


run()
