"""Whose calls these are: an app, perhaps one of its accounts, and where that app's network is.

Secrets are read when a session is opened and live only in memory; nothing here is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from careline.channels.base import Auth, Channel
from careline.network.client import Client
from careline.ports.clock import Clock
from careline.store.models import Account, App
from careline.store.scoped import scoped


@dataclass(frozen=True, slots=True)
class Session:
    """Open one for each piece of work; tokens are looked up anew for each call.

    `open_origin`: the origin that may be reached although it is not public: the sandbox's, in a sandbox workspace.
    """

    client: Client
    clock: Clock
    channel: Channel
    workspace_id: int
    app_id: int
    account_id: int | None
    api_base: str
    open_origin: str | None
    app_secrets: Mapping[str, str] = field(repr=False)
    account_secrets: Mapping[str, str] = field(repr=False)

    def owner(self, *, app_wide: bool) -> str:
        """Whose rate window: the app's or the account's."""
        if app_wide or self.account_id is None:
            return f"app:{self.app_id}"
        return f"account:{self.account_id}"

    def owner_of(self, auth: Auth) -> str:
        """Whose window a call made as `auth` uses."""
        return self.owner(app_wide=auth is Auth.APP)


def open_session(
    client: Client, clock: Clock, channel: Channel, *, workspace_id: int, app_id: int, account_id: int | None = None
) -> Session:
    """Raises App.DoesNotExist or Account.DoesNotExist where this workspace has no such app or account."""
    app = scoped(App, workspace_id).select_related("workspace").get(id=app_id)
    account = scoped(Account, workspace_id).get(id=account_id, app_id=app_id) if account_id else None
    base = app.api_base.rstrip("/")
    return Session(
        client=client,
        clock=clock,
        channel=channel,
        workspace_id=workspace_id,
        app_id=app_id,
        account_id=account_id,
        api_base=base,
        open_origin=base if app.workspace.sandbox else None,
        app_secrets=app.secrets,
        account_secrets=account.secrets if account else {},
    )
