"""Where the cast acts: as any person of the local X does, by the same rules; and where it sees what the brand did."""

from __future__ import annotations

import sqlite3

from careline_sandbox.cast import pictures
from careline_sandbox.cast.characters import Cue, Deed, Step
from careline_sandbox.cast.story import Heard, Story
from careline_sandbox.ids import Snowflakes
from careline_sandbox.rules import compose, private
from careline_sandbox.world import media, people, posts

_LINK = "messages/compose"


class Stage:
    """The world within one transaction, with the ids for what is made in it."""

    def __init__(self, connection: sqlite3.Connection, ids: Snowflakes, brand: sqlite3.Row) -> None:
        self.connection, self._ids, self.brand = connection, ids, brand

    def person(self, username: str, *, name: str, description: str, at_ms: int) -> int:
        """Somebody new; the next free username of that kind."""
        number = 1
        while people.by_username(self.connection, _numbered(username, number)) is not None:
            number += 1
        return people.add(
            self.connection,
            _numbered(username, number),
            person_id=self._ids.mint(at_ms),
            at_ms=at_ms,
            name=name,
            description=description,
        )

    def who(self, person_id: int) -> sqlite3.Row:
        """A person who was made here."""
        row = people.get(self.connection, person_id)
        if row is None:
            raise LookupError(person_id)
        return row

    def act(self, story: Story, step: Step, text: str, at_ms: int, *, past: bool = False) -> int | None:
        """Do what the step says; the id of what came of it, or None. Raises errors.Problem for what X refuses."""
        author = self.who(story.person_id)
        match step.deed:
            case Deed.POST | Deed.REPLY | Deed.QUOTE | Deed.SHARE:
                return self._post(author, story, step, text, at_ms, past=past)
            case Deed.EDIT:
                return self._publish(author, compose.Draft(text=text, replaces_id=story.post_id), at_ms, past=past)
            case Deed.DM:
                return self._dm(author, step, text, at_ms)
            case Deed.DELETE if story.post_id is not None:
                posts.delete(self.connection, story.post_id, at_ms=at_ms)
            case Deed.BLOCK:
                pair = {"source_id": author["id"], "target_id": self.brand["id"]}
                people.block(self.connection, **pair, at_ms=at_ms)
        return None

    def say(self, author: sqlite3.Row, text: str, at_ms: int, *, to: int | None = None, past: bool = False) -> int:
        """A post by anybody; with `past` one that stands where its time belongs."""
        return self._publish(author, compose.Draft(text=text, in_reply_to_id=to), at_ms, past=past)

    def write(self, sender: sqlite3.Row, recipient: sqlite3.Row, text: str, at_ms: int) -> None:
        """A private message by anybody that stands where its time belongs."""
        dm_id = self._ids.mint_past(at_ms)
        private.send(self.connection, text, dm_id=dm_id, sender_id=sender["id"], recipient=recipient, at_ms=at_ms)

    def newest_of_brand(self) -> int | None:
        """The brand's newest standing post that answers nobody."""
        row = self.connection.execute(
            "SELECT max(id) FROM posts WHERE author_id = ? AND deleted_at_ms IS NULL AND in_reply_to_id IS NULL",
            (self.brand["id"],),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def heard(self, story: Story) -> Heard | None:
        """The first thing that the brand did to this person since what they have taken in."""
        found = [one for one in (self._message(story), self._answer(story)) if one is not None]
        return min(found, key=lambda one: one.at_ms, default=None)

    def _message(self, story: Story) -> Heard | None:
        row = self.connection.execute(
            "SELECT min(created_at_ms) FROM dms WHERE sender_id = ? AND recipient_id = ? AND created_at_ms > ?",
            (self.brand["id"], story.person_id, story.seen_ms),
        ).fetchone()
        return None if row[0] is None else Heard(Cue.MESSAGED, int(row[0]))

    def _answer(self, story: Story) -> Heard | None:
        row = self.connection.execute(
            "SELECT entities, created_at_ms FROM posts WHERE author_id = ? AND in_reply_to_user_id = ?"
            " AND created_at_ms > ? AND deleted_at_ms IS NULL ORDER BY created_at_ms, id LIMIT 1",
            (self.brand["id"], story.person_id, story.seen_ms),
        ).fetchone()
        if row is None:
            return None
        cue = Cue.INVITED if _LINK in row["entities"] else Cue.ANSWERED
        return Heard(cue, int(row["created_at_ms"]))

    def _talked_to(self, story: Story) -> int | None:
        """The post to which this person replies: people answer the answer, not themselves."""
        row = self.connection.execute(
            "SELECT max(id) FROM posts WHERE author_id = ? AND in_reply_to_user_id = ? AND deleted_at_ms IS NULL",
            (self.brand["id"], story.person_id),
        ).fetchone()
        return story.post_id if row[0] is None else int(row[0])

    def _post(self, author: sqlite3.Row, story: Story, step: Step, text: str, at_ms: int, *, past: bool) -> int:
        quoted = {Deed.QUOTE: self.newest_of_brand(), Deed.SHARE: story.post_id}.get(step.deed)
        draft = compose.Draft(
            text=text,
            in_reply_to_id=self._talked_to(story) if step.deed is Deed.REPLY else None,
            quoted_id=quoted,
            media_ids=self._picture(author, step, "tweet_image", at_ms),
        )
        return self._publish(author, draft, at_ms, past=past)

    def _publish(self, author: sqlite3.Row, draft: compose.Draft, at_ms: int, *, past: bool) -> int:
        post_id = self._ids.mint_past(at_ms) if past else self._ids.mint(at_ms)
        compose.publish(self.connection, draft, author=author, app=None, post_id=post_id, at_ms=at_ms)
        return post_id

    def _dm(self, author: sqlite3.Row, step: Step, text: str, at_ms: int) -> int:
        kept = self._picture(author, step, "dm_image", at_ms)
        dm_id = self._ids.mint(at_ms)
        private.send(
            self.connection,
            text,
            dm_id=dm_id,
            sender_id=author["id"],
            recipient=self.brand,
            at_ms=at_ms,
            media_id=kept[0] if kept else None,
        )
        return dm_id

    def _picture(self, author: sqlite3.Row, step: Step, category: str, at_ms: int) -> tuple[int, ...]:
        if not step.picture:
            return ()
        media_id, (width, height) = self._ids.mint(at_ms), pictures.SIZE
        media.add(
            self.connection,
            pictures.picture(step.picture),
            media_id=media_id,
            owner_id=author["id"],
            category=category,
            content_type="image/jpeg",
            width=width,
            height=height,
            at_ms=at_ms,
        )
        return (media_id,)


def _numbered(username: str, number: int) -> str:
    """A free-sounding username of at most X's 15 letters that says that nobody has it."""
    count = "" if number == 1 else str(number)
    return f"{username[: 7 - len(count)]}{count}_example"
