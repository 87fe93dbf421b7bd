"""Performs what channels ask: one HTTP client, tokens, rate windows, streams.

`open_session` (session) names whose calls they are, `perform` (perform) runs a channel's generator, `open_stream`
(stream) opens a live stream.
"""
