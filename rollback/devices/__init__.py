"""What the two captures say of every device: who must enrol again, who came back, what security has to decide.

Rooms: `identity` (what makes two records one device), `values` (a device, a capture), `projection` (from the client's
rows and details), `selection` (which devices are read in detail), `kinds` (what its user would have to do), `pairing`
(joins two captures), `losses` and `security` (the evidence), `findings` (what comes out), `comparison` (the table),
`people` (who is to be told), `surroundings` (the settings around the devices), `stored` (devices as bytes). All of that
is pure, and so is `console_export` (a list that people exported). `inventory` keeps captures, in `rows`; `taking` reads
a node into it, `compared` compares those of a rollback, `decided` tells what security has decided of them, `returning`
which of the lost are back.

Of 100,000 devices only what tells them apart is in memory at once; details are read for a few hundred at a time
(`chunks`), so that memory doesn't grow with what is kept of each.
"""
