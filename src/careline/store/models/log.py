"""What the desk remembers of the raw log: where it has read to, which events made a message, what it set aside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from careline.store.models.keys import belongs_to


class Cursor(models.Model):
    """How far a reader has read a log: epoch, seq, and a digest of that event, so that another file is noticed."""

    name = models.CharField(max_length=40, primary_key=True)
    epoch = models.CharField(max_length=40)
    seq = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.seq}"


class Sighting(models.Model):
    """One logged event in which an account of ours saw a message. `redacted`: its payload in the log was replaced."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    message = belongs_to("store.Message", related_name="sightings")
    account = belongs_to("store.Account", null=True)
    seq = models.BigIntegerField()
    redacted = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "message", "seq"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.message_id} in {self.seq}"


class Tombstone(models.Model):
    """A post or DM that is gone at the network; may come before the message itself."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    network = models.CharField(max_length=20)
    kind = models.CharField(max_length=5)
    network_id = models.CharField(max_length=64)
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "network", "kind", "network_id"], name="tombstone_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.network_id}"


class SetAside(models.Model):
    """An event that could not be read: kept, visible, and tried again on request. The rest went on without it."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    seq = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    at_ms = models.BigIntegerField()
    tries = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "seq"], name="setaside_once")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.reason}"


class Gap(models.Model):
    """A time in which the network may have said things that its lists no longer give (law 1: shown, with its times)."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    account = belongs_to("store.Account")
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "account", "to_ms"], name="gap_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.from_ms}-{self.to_ms}"


class Counter(models.Model):
    """The workspace's counters, locked by whoever writes: so a smaller number never appears after a larger one."""

    workspace = models.OneToOneField("store.Workspace", on_delete=models.PROTECT, primary_key=True, related_name="+")
    changes = models.BigIntegerField(default=0)
    decisions = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.changes} {self.decisions}"


class Change(models.Model):
    """One thing that browsers may want to show again. `what`: "conversation", "message", "gone" or "health"."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    seq = models.BigIntegerField()
    what = models.CharField(max_length=12)
    conversation_id = models.BigIntegerField(null=True)
    message_id = models.BigIntegerField(null=True)
    at_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "seq"], name="change_once")]
        indexes = [models.Index(fields=["workspace", "at_ms"], condition=Q(seq__gt=0), name="change_age")]

    def __str__(self) -> str:
        return f"{self.seq} {self.what}"
