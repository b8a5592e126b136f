"""The verbs of the field: what each would change, how each change is carried out, looked for and verified.

`action` is the contract; `traffic`, `nodes`, `database`, `inventory` and `by_hand` fill it; `catalogue` lists them.
"""
