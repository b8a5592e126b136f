"""`python -m bot`: the same as `rollback-bot`."""

from bot.cli import main

main()
