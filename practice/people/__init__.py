"""The autopilot: plays every part of a rollback in the practice workspace, by reading cards and pressing buttons.

It knows nothing of the bot but what its cards show. Rooms: `cards` (reading them), `cast` (who plays which part),
`forms` (filling in dialogs), `console` (the practice world as its administrators see it), `hands` (what people do
there), `security` (deciding about devices), `letters` (notices), `judging` (what is to be done now), `autopilot`
(doing it until the rollback is over).
"""
