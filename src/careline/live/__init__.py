"""What changed, told to the right browsers."""
