"""Runs the shared database's migrations on the connection and in the schema it is given."""

from alembic import context

from annodesk.store import shared_tables

connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]
context.configure(connection=connection, target_metadata=shared_tables.metadata, version_table_schema=schema)
with context.begin_transaction():
    context.run_migrations()
