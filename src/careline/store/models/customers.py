"""The other side: customers, and the network identities that are theirs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from careline.store.models.keys import belongs_to


class Customer(models.Model):
    """A person. Their names are their identities'."""

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    created_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.id)


class Identity(models.Model):
    """One network identity, of exactly one customer.

    The profile is the newest that any event showed (`as_of_ms`), so it does not depend on the order of arrival.
    `stopped_ms`: when they last asked us to stop; `wrote_ms`: their last private message, per account network id.
    `read_ms`: up to when they have read ours, per account network id, where the network says so.
    `asked_ms`: when we last asked the network who this is, for events that name nobody.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    customer = belongs_to("store.Customer", related_name="identities")
    network = models.CharField(max_length=20)
    network_id = models.CharField(max_length=64)
    handle = models.CharField(max_length=64, blank=True)
    handle_folded = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=200, blank=True)
    avatar_url = models.CharField(max_length=500, blank=True)
    protected = models.BooleanField(default=False)
    as_of_ms = models.BigIntegerField(default=0)
    stopped_ms = models.BigIntegerField(null=True)
    wrote_ms = models.JSONField(default=dict)
    read_ms = models.JSONField(default=dict)
    asked_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network", "network_id"], name="identity_once")]
        indexes = [
            models.Index(fields=["workspace", "customer"], name="identity_customer"),
            models.Index(fields=["workspace", "handle_folded"], name="identity_handle"),
            models.Index(fields=["workspace", "asked_ms"], condition=Q(handle=""), name="identity_nameless"),
        ]

    def __str__(self) -> str:
        return f"@{self.handle}"
