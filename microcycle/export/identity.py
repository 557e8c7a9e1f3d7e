"""Whose week a saved week is, and which: what calendars and training hubs know its entries by."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from microcycle.errors import InputError
from microcycle.export.formats import Options
from microcycle.models.week import Week


def entry_id(week: Week, options: Options, when: str, session: str) -> str:
    """32 hexadecimal digits for a session of someone's week; the same for the same owner, week and id, whatever changed.

    `when` says which week that is: its Monday, or some word for each week.
    """
    owner = week.athlete if options.owner is None else options.owner
    return hashlib.sha256("\0".join((owner, when, session)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def first_monday(week: Week, options: Options) -> date:
    """The week's own Monday, else the one asked for, else the coming one.

    Raises InputError for a week that was not found, for options that it leaves no room for, and for another weekday.
    """
    if week.outcome != "solved":
        raise InputError("week", "there is no week in it", expected="a week that was found")
    if week.week_of is not None and (options.starting or options.weeks):
        raise InputError("--starting" if options.starting else "--weeks", "the week has dates of its own")
    if options.starting is not None and options.starting.weekday():
        monday = options.starting - timedelta(days=options.starting.weekday())
        raise InputError("--starting", f"{options.starting} is no Monday", expected=f"a Monday such as {monday}")
    return week.week_of or options.starting or coming_monday(date.today())


def coming_monday(today: date) -> date:
    """The Monday on or after a day."""
    return today + timedelta(days=-today.weekday() % 7)
