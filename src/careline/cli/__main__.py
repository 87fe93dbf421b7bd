"""`python -m careline.cli`: the same as `careline`, for processes that start each other."""

from __future__ import annotations

from careline.cli.main import main

main()
