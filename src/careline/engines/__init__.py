"""Implementations of the ports. Only `server` and `cli` choose among them."""
