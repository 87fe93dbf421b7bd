"""Performs what channels ask: one HTTP client, tokens, rate windows."""
