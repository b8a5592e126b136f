"""YAML documents that people write, runbooks and settings: read with places, so that each mistake can be found.

Rooms: `places` (where), `shape` (what may stand there), `reading` (from text to a model).
"""
