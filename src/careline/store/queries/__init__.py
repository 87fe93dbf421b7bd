"""Reads, one function a need, each with its latency budget."""
