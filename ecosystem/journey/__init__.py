"""A merchant opens the shop, a shopper buys, a part comes back: over HTTP, as a console and a mini-program would.

`make run` shows it at every start and the end-to-end test asserts it.
"""
