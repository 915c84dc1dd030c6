"""Alembic's entry: runs on the connection and in the transaction that tracker.migrations hands over."""

from alembic import context

from tracker.tables import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    # SQLite cannot alter a constraint; batch mode makes the table anew.
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
