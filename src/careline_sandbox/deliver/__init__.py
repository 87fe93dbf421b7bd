"""How the local X tells apps what happened: webhooks and the activity stream (x-platform 4.1 and 4.4).

Happenings are read in order, matched against the subscriptions, rendered as X renders them, and handed to the
lanes of a webhook and to open streams. Nothing here decides what happens; it only tells.
"""
