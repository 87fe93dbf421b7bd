"""The worker role: everything that need not answer at once, each in a thread of its own that is restarted if it dies.

Any of them can be cut off anywhere (laws 1 and 2), so SIGTERM only has to ask, and SIGKILL loses nothing.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
from functools import partial

import structlog
from django.contrib.sessions.backends.db import SessionStore

from careline.actions.forget_changes import forget_changes
from careline.delivery import worker as delivery
from careline.delivery.attempt import Post
from careline.intake.committer import Committer
from careline.intake.introductions import Introductions
from careline.intake.pictures import Pictures
from careline.intake.pump import Pump
from careline.server.crew import Crew
from careline.server.feeds import Feeds
from careline.server.wiring import Wired
from careline.store.queries import operator

_log = structlog.get_logger("careline.worker")
_ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
_STOP_WITHIN_S = 4.0
_PRUNE_EVERY_S = 3600.0


def work(wired: Wired) -> None:
    """Work until SIGTERM or Ctrl-C."""
    # Waited for, not handled: a handler that sets an event can come while this thread is about to wait for it, holding
    # the event's own lock, and then waits for that lock for ever. Threads inherit the mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    crew, committer = Crew(), Committer(wired.log)
    pump = Pump(log=wired.log, channels=wired.channels, desk=wired.desk)
    pictures = Pictures(
        desk=wired.desk, blobs=wired.blobs, channel_of=wired.channels.__getitem__, perform=wired.perform
    )
    introductions = Introductions(wired.desk, wired.channels, wired.perform, committer, pump.poke)
    crew.start("pump", pump.run)
    crew.start("feeds", Feeds(wired, crew, committer, pump).run)
    crew.start("delivery", partial(_deliver, wired))
    crew.start("pictures", pictures.run)
    crew.start("introductions", introductions.run)
    crew.start("pruning", partial(_prune, wired))
    _log.info("worker_ready")
    signal.sigwait(_ENDS)
    late = crew.stop(_STOP_WITHIN_S, wake=pump.poke)
    committer.close()
    _log.info("worker_stopped", late=len(late))


def _deliver(wired: Wired, stop: threading.Event) -> None:
    # A name of this run alone: a lease of an earlier run must run out, not be mistaken for ours.
    name = f"{os.uname().nodename[:20]}-{os.getpid()}-{secrets.token_hex(4)}"
    post = Post(desk=wired.desk, channels=wired.channels, perform=wired.perform)
    delivery.run(post, name=name, stop=stop, wake=threading.Event())


def _prune(wired: Wired, stop: threading.Event) -> None:
    while not stop.is_set():
        for workspace_id in operator.workspace_ids():
            forget_changes(wired.desk, workspace_id)
        SessionStore.clear_expired()
        stop.wait(_PRUNE_EVERY_S)
