"""Runs the local file's migrations on the connection it is given."""

from alembic import context

from annodesk.store import local_tables, tables  # noqa: F401  (local tables register themselves)

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=tables.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
