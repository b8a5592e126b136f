"""What people press: one file a verb of `/rollback`, with its buttons and dialogs; `register(app, desk)` in each.

A listener finds out who pressed what, hands it to an operation in one unit, and answers; it never talks to a system.
`desk` is what every listener works with, `router` tells the verbs apart, `blocks` is what people see.
"""
