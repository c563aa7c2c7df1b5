"""One history for SQLite and PostgreSQL; see app/migrate.py for how it is called."""

from alembic import context

from app.database import make_engine
from app.tables import metadata

LOCK = 7_023_881  # an arbitrary number: PostgreSQL's advisory lock for migrations of this program


def run() -> None:
    engine = make_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A pragma's answer is read to its end: an open cursor would make the COMMIT below fail, now and then.
            connection.exec_driver_sql("PRAGMA journal_mode=WAL").close()
            connection.exec_driver_sql("PRAGMA busy_timeout=30000").close()
            connection.exec_driver_sql("BEGIN EXCLUSIVE").close()
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})").close()
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            render_as_batch=context.config.attributes.get("batch", engine.dialect.name == "sqlite"),
            compare_type=True,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
