"""A pretend estate and a pretend Slack workspace, on loopback, in a process of their own.

It imports nothing of the bot: two opinions of each wire. `world` is the one truth behind the servers; its ledger is
what tests believe.
"""
