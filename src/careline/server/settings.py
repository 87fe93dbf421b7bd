"""Django's settings: what the pages need (`inbox.django`) and what this install is (`server.config`, `server.keys`).

SQLite as the desk uses it: every transaction that may write begins IMMEDIATE, because a read that turns into a write
fails at once with SQLITE_BUSY and no wait helps (sqlite.org/lang_transaction.html); WAL lets readers go on beside the
one writer; synchronous FULL keeps what was committed through a power cut (law 1).
"""

from __future__ import annotations

from typing import Any

from careline.inbox import django as pages
from careline.inbox.django import *  # noqa: F403  (Django reads settings from this module's names)
from careline.server.config import Config, postgres_settings, read_config
from careline.server.keys import load_keys

config = read_config()
_keys = load_keys(config)


def _database(config: Config) -> dict[str, Any]:
    if config.database:
        return postgres_settings(config.database)
    pragmas = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA journal_size_limit=67108864"
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": config.desk_file,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 5, "init_command": pragmas},
    }


SECRET_KEY = _keys.django
CARELINE_KEYS = list(_keys.secrets)
DEBUG = False
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our own pages are the only ones that need our files
ALLOWED_HOSTS = list(config.hosts)
DATABASES = {"default": _database(config)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "store.User"

INSTALLED_APPS = [*pages.INSTALLED_APPS, "careline.store"]
MIDDLEWARE = [
    "careline.server.middleware.one_line",
    "careline.server.middleware.private_pages",
    "careline.server.middleware.Compressed",
    *pages.MIDDLEWARE,
]

# No mail is sent yet: a forgotten password is a matter for `careline user password`.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
# Sign-in attempts are counted in the memory of the one server process.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = config.secure
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [config.origin]
if config.secure:
    # The server speaks plain HTTP; an https origin means that a proxy of ours stands before it and says so.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

# Logs are set up by the process that starts (`server.logs`), so that a command line stays readable.
LOGGING_CONFIG = None
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other hosts of the domain are not ours to bind
    "security.W008",  # the proxy redirects to https; the desk itself is reached on loopback
    "security.W021",  # the same for browsers' preload list
]
