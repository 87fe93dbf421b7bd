"""What the tests share: a clock that stands still, rows to start from, and two real databases."""
