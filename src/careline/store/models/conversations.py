"""Conversations and the log of decisions that they are the fold of (law 1, law 4)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from careline.domain.words import Ending, HandoffState, State
from careline.store.models.keys import belongs_to


class Conversation(models.Model):
    """One issue of one customer, across accounts and audiences.

    `state`, `ending`, `resolved_ms` stand as of now; `base_*` as of the last decision a person took about this
    customer, from which placing starts again whenever a message comes (`domain.placing`). A conversation without
    `base_state` was opened since then and is provisional: an older message may still draw it into another.
    `waiting_ms`: the customer's earliest message that we have not answered, or null when it is not our turn.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    customer = belongs_to("store.Customer", related_name="conversations")
    state = models.CharField(max_length=10, default=State.OPEN)
    ending = models.CharField(max_length=10, default=Ending.NONE, blank=True)
    resolved_ms = models.BigIntegerField(null=True)
    base_state = models.CharField(max_length=10, null=True)
    base_ending = models.CharField(max_length=10, default=Ending.NONE, blank=True)
    base_resolved_ms = models.BigIntegerField(null=True)
    split = models.BooleanField(default=False)
    prior = belongs_to("store.Conversation", null=True)
    assignee = belongs_to("store.User", null=True)
    opened_ms = models.BigIntegerField()
    waiting_ms = models.BigIntegerField(null=True)
    last_ms = models.BigIntegerField()
    has_public = models.BooleanField(default=False)
    has_private = models.BooleanField(default=False)
    preview = models.CharField(max_length=160, blank=True)
    preview_audience = models.CharField(max_length=10, blank=True)
    preview_direction = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "customer"],
                condition=~Q(state=State.RESOLVED) & Q(split=False),
                name="one_conversation",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "customer"], name="conversation_customer"),
            models.Index(
                fields=["workspace", "waiting_ms", "id"],
                condition=~Q(state=State.RESOLVED),
                name="conversation_open",
            ),
            models.Index(
                fields=["workspace", "assignee", "waiting_ms", "id"],
                condition=~Q(state=State.RESOLVED),
                name="conversation_mine",
            ),
            models.Index(
                fields=["workspace", "ending", "-resolved_ms", "id"],
                condition=Q(state=State.RESOLVED),
                name="conversation_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Handoff(models.Model):
    """An invitation from public to private, matched by our account in the link, the identity and the time.

    Times: `offered_ms` when the network took the inviting post, `expires_ms` after which a DM is no answer to it.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    conversation = belongs_to("store.Conversation", related_name="handoffs")
    account = belongs_to("store.Account")
    identity = belongs_to("store.Identity")
    message = belongs_to("store.Message")
    state = models.CharField(max_length=10, default=HandoffState.PLANNED)
    offered_ms = models.BigIntegerField(null=True)
    expires_ms = models.BigIntegerField(null=True)
    arrived_ms = models.BigIntegerField(null=True)
    arrived_with = belongs_to("store.Message", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "identity", "account"], name="handoff_identity"),
            models.Index(fields=["workspace", "conversation"], name="handoff_conversation"),
            models.Index(fields=["workspace", "message"], name="handoff_message"),
            models.Index(fields=["workspace", "offered_ms"], name="handoff_offered"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.state}"


class Decision(models.Model):
    """One entry of the decision log. With the raw log it rebuilds the desk (`careline replay`).

    `data` names messages by network id ("x:post:123") or, before the network gave one, by our uid ("uid:...").
    `by`: the person, or null for the desk itself. `seq` rises without gaps within a workspace.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    seq = models.BigIntegerField()
    at_ms = models.BigIntegerField()
    verb = models.CharField(max_length=20)
    conversation_id = models.BigIntegerField(null=True)
    by = belongs_to("store.User", null=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "seq"], name="decision_once")]
        indexes = [models.Index(fields=["workspace", "conversation_id", "seq"], name="decision_conversation")]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"
