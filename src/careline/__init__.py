"""Careline: a desk on which a company answers its customers on X, in public and in private, as one conversation."""

from __future__ import annotations

__version__ = "0.1.0"
