"""X (formerly Twitter): posts, unencrypted Direct Messages, and the X Activity API that reports both."""
