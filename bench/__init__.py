"""Measurements, never part of the tests: `python -m bench` lists and runs them (docs/benchmarks.md has results)."""
