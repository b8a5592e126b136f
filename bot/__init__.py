"""The program: settings, wiring, identity, the Slack app, the publisher, ticks and the command line.

`wiring` builds everything once; nothing is built, connected or registered at import.
"""
