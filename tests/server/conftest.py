"""Installs of their own: `install` is empty, `ready` has tables, a workspace and a person (support.install)."""

from __future__ import annotations

from support.install import install, prepared, ready

__all__ = ["install", "prepared", "ready"]
