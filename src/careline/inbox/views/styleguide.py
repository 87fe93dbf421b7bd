"""The living page of the design system: every part as the pages use it, in every scheme (docs/design-system.md)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

COLOURS = {
    "Ground": ("ground", "sheet", "sheet-2", "raised", "hover", "line", "line-strong"),
    "Ink": ("ink", "quiet", "accent", "focus"),
    "Public: daylight": ("public", "public-soft", "public-line", "public-solid"),
    "Private: evening": ("private", "private-soft", "private-line", "private-solid"),
    "Internal: paper": ("internal", "internal-soft", "internal-line", "internal-solid"),
    "How things fare": ("good", "good-soft", "wait", "late", "bad", "bad-soft"),
}
STEPS = ("step-3", "step-2", "step-1", "step-0", "step--1", "step--2")
SPACES = ("space-1", "space-2", "space-3", "space-4", "space-5", "space-6", "space-7")


@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """For everyone who is signed in; it shows nothing of any workspace."""
    return render(request, "styleguide.html", {"colours": COLOURS, "steps": STEPS, "spaces": SPACES})
