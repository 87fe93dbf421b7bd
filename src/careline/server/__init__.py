"""The composition root: settings, engines, and the processes made of them."""
