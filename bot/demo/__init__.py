"""The demonstration: a practice estate and the bot in processes of their own, played by the autopilot, then judged.

Rooms: `setting_up` (settings and secrets of a practice estate), `processes` (started and ended by their ids), `playing`
(one demonstration from start to end), `judging` (is the world as it must be?), `leaving` (what stays on disk).
"""
