"""The door: vServers, members of service groups and the saved configuration of the NetScaler.

Rooms: `reading` (what the NetScaler and the virtual addresses say), `closing` (`vservers-disable`), `opening`
(`vservers-enable`), `lapsed` and `way_back` (what speaks against opening, and against closing for the way back),
`effects` (how each change is made and looked for).
"""
