"""The tables of the local X, and the rule that an older program leaves a newer file alone."""

# ruff: noqa: S608 - only constants of this module are put into statements, values are bound

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache

_TABLES = """
CREATE TABLE people (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  protected INTEGER NOT NULL DEFAULT 0,
  dm_from TEXT NOT NULL DEFAULT 'everyone' CHECK (dm_from IN ('everyone', 'following', 'none')),
  verified_type TEXT NOT NULL DEFAULT 'none' CHECK (verified_type IN ('none', 'blue', 'business', 'government')),
  profile_image_url TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE follows (
  source_id INTEGER NOT NULL, target_id INTEGER NOT NULL, PRIMARY KEY (source_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follows_of ON follows (target_id);
CREATE TABLE blocks (
  source_id INTEGER NOT NULL, target_id INTEGER NOT NULL, PRIMARY KEY (source_id, target_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE apps (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  owner_id INTEGER NOT NULL,
  tier TEXT NOT NULL CHECK (tier IN ('self_serve', 'enterprise')),
  consumer_key TEXT NOT NULL UNIQUE,
  consumer_secret TEXT NOT NULL,
  bearer_token TEXT NOT NULL UNIQUE,
  client_id TEXT NOT NULL UNIQUE,
  client_secret TEXT NOT NULL
) STRICT;
CREATE TABLE tokens (
  access_token TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('oauth1', 'oauth2')),
  app_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  secret TEXT,
  refresh_token TEXT UNIQUE,
  scopes TEXT NOT NULL,
  expires_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  written TEXT NOT NULL,
  body_start INTEGER NOT NULL,
  body_end INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  in_reply_to_id INTEGER,
  in_reply_to_user_id INTEGER,
  quoted_id INTEGER,
  entities TEXT NOT NULL,
  media_ids TEXT NOT NULL,
  reply_settings TEXT NOT NULL,
  app_id INTEGER,
  created_at_ms INTEGER NOT NULL,
  visible_at_ms INTEGER NOT NULL,
  deleted_at_ms INTEGER
) STRICT;
CREATE INDEX posts_by_author ON posts (author_id, id);
CREATE INDEX posts_by_wording ON posts (author_id, written);
CREATE INDEX posts_by_conversation ON posts (conversation_id, id);
CREATE INDEX posts_by_parent ON posts (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX posts_by_addressee ON posts (in_reply_to_user_id, id) WHERE in_reply_to_user_id IS NOT NULL;
CREATE INDEX posts_with_media ON posts (id) WHERE media_ids <> '[]';
CREATE TABLE mentions (
  person_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  explicit INTEGER NOT NULL,
  PRIMARY KEY (person_id, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_in ON mentions (post_id);
CREATE TABLE dms (
  id INTEGER PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  sender_id INTEGER NOT NULL,
  recipient_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  entities TEXT NOT NULL,
  media_id INTEGER,
  shared_post_id INTEGER,
  app_id INTEGER,
  created_at_ms INTEGER NOT NULL,
  visible_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX dms_by_conversation ON dms (conversation_id, id);
CREATE INDEX dms_by_sender ON dms (sender_id, id);
CREATE INDEX dms_by_recipient ON dms (recipient_id, id);
CREATE TABLE dm_deletions (
  dm_id INTEGER NOT NULL, person_id INTEGER NOT NULL, PRIMARY KEY (dm_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  media_key TEXT NOT NULL UNIQUE,
  owner_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  content_type TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  resource_id TEXT NOT NULL,
  content BLOB NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE media_owners (
  media_id INTEGER NOT NULL, person_id INTEGER NOT NULL, PRIMARY KEY (media_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE happenings (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  visible_at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor_id INTEGER NOT NULL,
  subject_id INTEGER NOT NULL,
  other_id INTEGER
) STRICT;
CREATE INDEX happenings_at ON happenings (at_ms);
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

# What the customers' pages remember of a person, and what was reported there. When somebody last read a
# conversation is known from the happenings.
_SITE = """
CREATE TABLE site_people (
  person_id INTEGER PRIMARY KEY,
  tint INTEGER NOT NULL DEFAULT 0,
  noticed_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE reports (
  reporter_id INTEGER NOT NULL, person_id INTEGER NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX happenings_of_reading ON happenings (actor_id, other_id, subject_id) WHERE kind = 'dm.read';
"""

# The cast: where each of its people stands in their story, and when the next one comes on (one row once it has begun).
_CAST = """
CREATE TABLE stories (
  id INTEGER PRIMARY KEY,
  character TEXT NOT NULL,
  language TEXT NOT NULL,
  person_id INTEGER NOT NULL,
  step TEXT NOT NULL,
  due_ms INTEGER,
  since_ms INTEGER NOT NULL,
  post_id INTEGER,
  ended INTEGER NOT NULL,
  heard INTEGER NOT NULL
) STRICT;
CREATE INDEX stories_live ON stories (due_ms) WHERE ended = 0;
CREATE TABLE cast_state (opened INTEGER NOT NULL, next_ms INTEGER NOT NULL) STRICT;
"""

# Where apps may have people sent back, and authorisations that are under way.
_OAUTH = """
CREATE TABLE callbacks (
  app_id INTEGER NOT NULL, url TEXT NOT NULL, PRIMARY KEY (app_id, url)
) STRICT, WITHOUT ROWID;
CREATE TABLE authorizations (
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('oauth1', 'oauth2')),
  app_id INTEGER NOT NULL,
  person_id INTEGER,
  secret TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  challenge TEXT NOT NULL,
  method TEXT NOT NULL,
  verifier TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

# Versions of posts. A post that another one replaces leaves the lists.
_EDITS = """
CREATE TABLE edits (
  post_id INTEGER PRIMARY KEY,
  first_id INTEGER NOT NULL,
  replaced_id INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX edits_of ON edits (first_id, post_id);
"""

# What the brand did while somebody of the cast was typing is not lost on them.
_ATTENTION = """
ALTER TABLE stories ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
UPDATE stories SET seen_ms = since_ms;
"""

# Uploads in pieces, and what moves: a video's bytes stay the pieces that they came in, so none is ever held whole.
_MEDIA = """
ALTER TABLE media ADD COLUMN alt_text TEXT NOT NULL DEFAULT '';
ALTER TABLE media ADD COLUMN duration_ms INTEGER;
ALTER TABLE media ADD COLUMN finished_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN ready_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN failure TEXT NOT NULL DEFAULT '';
CREATE TABLE media_posters (media_id INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT;
CREATE TABLE uploads (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  total_bytes INTEGER,
  additional_owners TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE media_parts (
  media_id INTEGER NOT NULL, segment INTEGER NOT NULL, content BLOB NOT NULL, UNIQUE (media_id, segment)
) STRICT;
"""

# Each step is applied once, in this order; a file's version is the number of steps that it has seen.
_STEPS = (_TABLES, _SITE, _CAST, _OAUTH, _ATTENTION, _EDITS, _MEDIA)
VERSION = len(_STEPS)


class NewerWorld(Exception):
    """The state file was written by a later version of the sandbox."""


def prepare(connection: sqlite3.Connection) -> None:
    """Set the pragmas and create the tables of an empty file. Raises NewerWorld for one from the future."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.create_function("has_words", 2, _has_words, deterministic=True)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise NewerWorld(f"the state file is of version {version}, this sandbox knows {VERSION}")
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version={number}; COMMIT;")


def last_seq(connection: sqlite3.Connection) -> int:
    """The highest happening so far, 0 in an empty world."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM happenings").fetchone()[0])


def id_state(connection: sqlite3.Connection) -> tuple[int, int]:
    """(largest id in use, number of posts and DMs): what a new minter of ids has to start from."""
    tables = ("people", "apps", "posts", "dms", "media", "uploads")
    largest = max(
        int(connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]) for table in tables
    )
    rows = connection.execute("SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM dms)").fetchone()[0]
    return largest, int(rows)


def _has_words(text: str, words: str) -> bool:
    """SQL: whether a text holds these words, whole, in this order, without regard to case."""
    return _word_pattern(words).search(text) is not None


@lru_cache(maxsize=256)
def _word_pattern(words: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(word) for word in words.split())
    return re.compile(rf"(?<!\w){spaced}(?!\w)", re.IGNORECASE)
