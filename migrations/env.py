"""Alembic's entry: runs the migrations on the connection that ``app.storage.migrate`` hands over.

The ``alembic`` command, which developers use to write a new revision, has none: it gets one from the settings.
"""

from alembic import context
from sqlalchemy import Connection

from app.settings import load_settings
from app.storage.database import build_engine
from app.storage.tables import Base


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    migrate(handed_over)
else:
    engine = build_engine(load_settings().database_url, pooled=False, foreign_keys=False)
    with engine.execution_options(writes=True).begin() as own:
        migrate(own)
