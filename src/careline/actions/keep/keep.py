"""Keeps a batch of facts of one workspace: people first, then messages, then what is gone."""

from __future__ import annotations

from careline.actions.keep.batch import Batch, Kept
from careline.actions.keep.dms import keep_dms
from careline.actions.keep.gone import keep_gone
from careline.actions.keep.people import keep_people
from careline.actions.keep.posts import keep_posts
from careline.actions.placing import lock_customers


def keep(batch: Batch) -> Kept:
    """Write the batch's facts, inside the caller's transaction. Safe to repeat."""
    people = keep_people(batch)
    # Before the first look for a message: whoever sends or places for these customers now is done by the time we look,
    # so the answer to a call and its echo cannot both make the same row (PostgreSQL; SQLite has one writer).
    lock_customers(batch.workspace_id, people.customers())
    kept = Kept(counts=dict(batch.counts), renamed=people.renamed)
    keep_posts(batch, people, kept)
    keep_dms(batch, people, kept)
    keep_gone(batch, kept)
    for message in kept.messages.values():
        if message.identity_id is not None:
            kept.customers.add(people.customer_of(message.identity_id))
    return kept
