"""Alembic's way in: it uses the connection, and so the transaction, that `storage.migrations` hands it."""

from alembic import context

from storage.models import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,
    user_module_prefix="models.",
)
context.run_migrations()
