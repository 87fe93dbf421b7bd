"""The desk's tables and reads. A workspace is a wall (law 7): every read goes through `scoped`."""
