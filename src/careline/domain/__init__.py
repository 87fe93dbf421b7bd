"""The pure core: what a conversation is and what happens to it. No Django, no I/O, no clock (law 10)."""
