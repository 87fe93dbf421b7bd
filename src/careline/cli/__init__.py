"""The `careline` command."""
