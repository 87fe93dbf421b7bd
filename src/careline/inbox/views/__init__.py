"""Views: read the request, call one query or one verb, render. What they decide fits on a screen."""
