"""Our side of a network: developer apps, the accounts that use them, and what the network lets each do just now."""

from __future__ import annotations

from django.db import models

from careline.store.fields import SecretsField
from careline.store.models.keys import belongs_to


class App(models.Model):
    """A developer app. Secret, bearer, webhook, stream and app-wide quotas are its own; its accounts share them.

    `secrets`: consumer_key, consumer_secret, bearer_token, client_id, client_secret.
    `intake`: "stream" (needs no public address) or "webhook".
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    network = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    api_base = models.URLField(max_length=200)
    secrets = SecretsField()
    intake = models.CharField(max_length=10, default="stream")
    created_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network", "name"], name="app_once")]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """Our account on a network.

    `secrets`: oauth1_token, oauth1_secret, access_token, refresh_token. `capabilities`: what has been seen to work
    (law 9). `marks`: how far its lists have been read (channels.base.Marks). `connected`: subscriptions stand.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    app = belongs_to("store.App", related_name="accounts")
    network = models.CharField(max_length=20)
    network_id = models.CharField(max_length=64)
    handle = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    secrets = SecretsField()
    token_expires_ms = models.BigIntegerField(null=True)
    capabilities = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    connected = models.BooleanField(default=False)
    trouble = models.CharField(max_length=300, blank=True)
    created_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "network", "network_id"], name="account_once")]

    def __str__(self) -> str:
        return f"@{self.handle}"


class RateWindow(models.Model):
    """What the network's own headers said last, per endpoint and owner, so that it survives a restart.

    `owner`: "app:{id}" or "account:{id}".
    """

    id = models.BigIntegerField(primary_key=True)
    workspace = belongs_to("store.Workspace")
    owner = models.CharField(max_length=40)
    endpoint = models.CharField(max_length=80)
    limit = models.IntegerField()
    remaining = models.IntegerField()
    reset_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "owner", "endpoint"], name="window_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.endpoint} {self.remaining}/{self.limit}"
