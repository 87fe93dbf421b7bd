"""The customers' side of the local X: pages on which anyone at this machine can be a customer in a browser.

A small social network in its own look. It believes everybody and asks for no password, so it answers this machine
alone. What is written here goes through the same rules as what the API is asked for.
"""
