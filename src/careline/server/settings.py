"""Django's settings, from the environment and the state folder (`server.config`)."""

from __future__ import annotations

import os
from pathlib import Path

STATE = Path(os.environ.get("CARELINE_STATE", ".state")).resolve()
SECRET_KEY = "x"
CARELINE_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
USE_TZ = True
AUTH_USER_MODEL = "store.User"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "careline.store"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": STATE / "desk.db"}}
