"""The verbs: the only place that writes. Each is one transaction; events leave with it."""
