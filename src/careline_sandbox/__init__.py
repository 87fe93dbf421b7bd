"""A local X for many people at once: real HTTP, no code shared with the desk.

It exists so that the desk, and any other client of X's API, can be driven end to end without an account, a
network or a bill (law 8: the sandbox is a peer, not a mock). It imports nothing of the desk and the desk
imports nothing of it; it is a process of its own.
"""
