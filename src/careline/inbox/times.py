"""Times for people: in the reader's language and time zone (which `inbox.middleware` has made current).

Hours are written 14:32 in every language: an agent who reads "leaves about 2:32" must not have to ask which half of
the day is meant. All functions take milliseconds since 1970 UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def local(ms: int) -> datetime:
    """The reader's wall clock."""
    return timezone.localtime(datetime.fromtimestamp(ms / 1000, UTC))


def clock(ms: int) -> str:
    """14:32"""
    return date_format(local(ms), "H:i")


def machine(ms: int) -> str:
    """For <time datetime>: ISO 8601 in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(ms: int, now_ms: int) -> str:
    """Today, Yesterday, or the date with its weekday."""
    then, today = local(ms).date(), local(now_ms).date()
    if then == today:
        return _("Today")
    if then == today - timedelta(days=1):
        return _("Yesterday")
    return _date(then, today)


def _date(then: date, today: date) -> str:
    weekday = date_format(then, "l")
    short = date_format(then, "MONTH_DAY_FORMAT" if then.year == today.year else "DATE_FORMAT")
    return f"{weekday}, {short}"


def moment(ms: int, now_ms: int) -> str:
    """The hour if it is today, else the day and the hour: for "leaves about ...", "resolved ..."."""
    if local(ms).date() == local(now_ms).date():
        return clock(ms)
    return f"{day(ms, now_ms)} {clock(ms)}"


def lasting(ms: int) -> str:
    """A length of time in whole words, for reading aloud: "5 minutes", "3 hours", "2 days"."""
    if ms >= 2 * _DAY:
        return ngettext("%(n)s day", "%(n)s days", ms // _DAY) % {"n": ms // _DAY}
    if ms >= _HOUR:
        return ngettext("%(n)s hour", "%(n)s hours", ms // _HOUR) % {"n": ms // _HOUR}
    minutes = max(ms // _MINUTE, 0)
    if minutes == 0:
        return _("less than a minute")
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def brief(ms: int) -> str:
    """The same for the eye: "5 min", "3 h", "2 d"."""
    if ms >= 2 * _DAY:
        return _("%(n)s d") % {"n": ms // _DAY}
    if ms >= _HOUR:
        return _("%(n)s h") % {"n": ms // _HOUR}
    return _("%(n)s min") % {"n": max(ms // _MINUTE, 0)} if ms >= _MINUTE else _("now")


def played(ms: int) -> str:
    """The length of a video: 0:09, 12:30, 1:02:03."""
    minutes, seconds = divmod(max(round(ms / 1000), 1), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
