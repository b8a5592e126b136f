"""The nodes: virtual machines that are shut down, snapshotted, restored, started, swapped and joined.

Rooms: `machines` (which VM is which node, and what it says), `versions` (what a node's disk is believed to hold),
`watching` (the checks that several stages share), `readings` (samples of members and SQL sessions), `changes` (one
change a line), `guards` (what makes a change safe right before it), `power`, `snapshot` and `restore` (how changes are
made and looked for), `shutting`, `snapshotting`, `restoring`, `starting`, `swapping`, `verifying`, `joining` (the
verbs), `points` (which restore points may be picked).
"""
