"""Alembic's entry: the address comes from the caller or the settings, the shape from app.metadata."""

from alembic import context

from app.core.database import Database, open_database
from app.metadata import metadata


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
                context.run_migrations()
            connection.commit()
    finally:
        database.close()


run()
