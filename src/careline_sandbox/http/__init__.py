"""The paths of api.x.com, and the sandbox's own control paths under /_sandbox/."""
