"""Posts, DMs and notes, where they hang, and how ours leave."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from careline.domain.words import DeliveryState
from careline.store.models.keys import belongs_to


class Thread(models.Model):
    """The public tree of posts that grew from one root post."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    network = models.CharField(max_length=20)
    root_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network", "root_id"], name="thread_once")]

    def __str__(self) -> str:
        return f"{self.network} {self.root_id}"


class Message(models.Model):
    """One post, DM or note.

    `network_id`: the id of its first version; null until the network has given one. `uid`: ours, for what we wrote.
    `identity`: the customer identity it is about: the author, or for our own the person answered.
    `author_network_id`: who wrote it at the network, us included. `account`: ours that sent it or, for a DM, got it;
    which accounts saw a public post is in Sighting. `conversation` null: thread context only.
    `settled`: a person has acted since it was placed; placing leaves it where it is.
    `void`: ours, and it never left (failed, cancelled): it answers nobody.
    `shape`: what only rendering needs: lang, quoted id, invitation link, whom to leave out, reason to DM.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    network = models.CharField(max_length=20)
    kind = models.CharField(max_length=5)
    network_id = models.CharField(max_length=64, null=True)
    uid = models.UUIDField(null=True)
    audience = models.CharField(max_length=10)
    direction = models.CharField(max_length=3)
    thread = belongs_to("store.Thread", null=True)
    conversation = belongs_to("store.Conversation", null=True, related_name="messages")
    identity = belongs_to("store.Identity", null=True)
    account = belongs_to("store.Account", null=True)
    author_network_id = models.CharField(max_length=64, blank=True)
    written_by = belongs_to("store.User", null=True)
    text = models.TextField(blank=True)
    created_ms = models.BigIntegerField()
    version_id = models.CharField(max_length=64, blank=True)
    reply_to_id = models.CharField(max_length=64, blank=True)
    reply_to_user_id = models.CharField(max_length=64, blank=True)
    quoted_id = models.CharField(max_length=64, blank=True)
    quoted_user_id = models.CharField(max_length=64, blank=True)
    mentions = models.JSONField(default=list)
    shape = models.JSONField(default=dict)
    settled = models.BooleanField(default=False)
    void = models.BooleanField(default=False)
    deleted_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "kind", "network_id"], name="message_once"),
            models.UniqueConstraint(fields=["workspace", "uid"], name="message_uid_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "conversation", "created_ms", "id"], name="message_timeline"),
            models.Index(fields=["workspace", "thread", "created_ms", "id"], name="message_thread"),
            models.Index(fields=["workspace", "identity"], condition=Q(settled=False), name="message_floating"),
            models.Index(
                fields=["workspace", "network", "reply_to_id"],
                condition=~Q(reply_to_id=""),
                name="message_replies",
            ),
            models.Index(
                fields=["workspace", "deleted_ms"],
                condition=Q(deleted_ms__isnull=False),
                name="message_deleted",
            ),
            models.Index(
                fields=["workspace", "network", "quoted_id"],
                condition=~Q(quoted_id=""),
                name="message_quotes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network}:{self.kind}:{self.network_id or self.uid}"


class MessageVersion(models.Model):
    """An edit. Its id names the same message, so that an answer to any version finds it."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    network = models.CharField(max_length=20)
    kind = models.CharField(max_length=5)
    network_id = models.CharField(max_length=64)
    first_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "kind", "network_id"], name="version_once"),
        ]
        indexes = [models.Index(fields=["workspace", "network", "kind", "first_id"], name="version_first")]

    def __str__(self) -> str:
        return f"{self.first_id} as {self.network_id}"


class Attachment(models.Model):
    """A picture, GIF or video on a message. `blob`: our own re-encoded copy, or "" while there is none.

    `poster`: where the network keeps the still of a GIF or video; that is what we copy. `duration_ms`: null if unknown.
    `state`: "wanted", "kept", "failed" (`reason` says why) or "gone" with a deleted message.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    message = belongs_to("store.Message", related_name="attachments")
    key = models.CharField(max_length=80)
    position = models.IntegerField()
    kind = models.CharField(max_length=20)
    url = models.CharField(max_length=500)
    alt = models.CharField(max_length=1000, blank=True)
    poster = models.CharField(max_length=500, blank=True)
    duration_ms = models.IntegerField(null=True)
    state = models.CharField(max_length=10, default="wanted")
    reason = models.CharField(max_length=200, blank=True)
    tries = models.IntegerField(default=0)
    not_before_ms = models.BigIntegerField(default=0)
    blob = models.CharField(max_length=120, blank=True)
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "message", "key"], name="attachment_once")]
        indexes = [
            models.Index(fields=["workspace", "not_before_ms"], condition=Q(state="wanted"), name="attachment_wanted"),
            models.Index(fields=["workspace", "id"], condition=Q(state="gone") & ~Q(blob=""), name="attachment_gone"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Delivery(models.Model):
    """The outbox: one outbound message's way to the network (law 2).

    `begun_ms`: written before the first byte leaves; a lease that runs out before it is free to take again, one that
    runs out after it is *unknown* and is looked up. `looks`: look-ups made since. `evidence`: what the network showed.
    `reason`/`detail`: why it waits, failed or needs a person: a code, and the network's own words.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    message = belongs_to("store.Message", related_name="deliveries")
    account = belongs_to("store.Account")
    identity = belongs_to("store.Identity")
    state = models.CharField(max_length=12, default=DeliveryState.QUEUED)
    not_before_ms = models.BigIntegerField(default=0)
    lease_until_ms = models.BigIntegerField(null=True)
    lease_by = models.CharField(max_length=60, blank=True)
    begun_ms = models.BigIntegerField(null=True)
    attempts = models.IntegerField(default=0)
    looks = models.IntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    evidence = models.JSONField(default=dict)
    ended_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "message"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["workspace", "not_before_ms", "id"],
                condition=Q(state__in=["queued", "leased", "sending", "unknown"]),
                name="delivery_due",
            ),
            models.Index(fields=["workspace", "identity", "id"], name="delivery_identity"),
            models.Index(
                fields=["workspace", "identity", "message"],
                condition=Q(state__in=["failed", "needs_person"]),
                name="delivery_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


class Draft(models.Model):
    """What somebody has typed and not sent; survives reload, reconnect and an expired session."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    conversation = belongs_to("store.Conversation")
    user = belongs_to("store.User")
    mode = models.CharField(max_length=10)
    text = models.TextField(blank=True)
    saved_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "conversation", "user", "mode"], name="draft_once"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.mode}"
