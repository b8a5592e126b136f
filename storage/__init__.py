"""What is written down: words, tables, one writer, the audit chain, the outbox.

Rooms: `words` (every stored enum), `models` (the tables), `clock` (the time source), `database` (one writer,
many readers), `audit` (the keyed chain), `outbox` (what Slack is shown), `queries` (reads), `migrations` (Alembic).
"""
