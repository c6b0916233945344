"""A second opinion on every date: counts day by day, shares no code with the engine, loads no package.

The schedules are typed from the State Council's notices as scenarios.md gives them. Slow on purpose.
"""

from datetime import date, timedelta

DAY = timedelta(days=1)
OFF = {
    2021: "01-01 02-11 02-12 02-15 02-16 02-17 04-05 05-03 05-04 05-05 06-14 09-20 09-21 10-01 10-04 10-05 10-06 10-07",
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 "
    "05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07",
}
WORKED = {
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}
FIXED = ("01-01", "05-01", "05-02", "10-01", "10-02", "10-03")  # all a year without a notice is sure of


def works(day):
    text = day.strftime("%m-%d")
    if day.year not in OFF:
        return day.weekday() < 5 and text not in FIXED
    if text in WORKED[day.year].split():
        return True
    return day.weekday() < 5 and text not in OFF[day.year].split()


def add_wd(day, n):
    while n:
        day += DAY
        n -= works(day)
    return day


def sub_wd(day, n):
    while n:
        day -= DAY
        n -= works(day)
    return day


def wd_between(after, until):
    count = 0
    while after < until:
        after += DAY
        count += works(after)
    return count


def roll(day):
    while not works(day):
        day += DAY
    return day


def cd(day, n):
    return roll(day + n * DAY)


def months_later(day, n):
    """The corresponding day n months on, or the last day of that month."""
    year, month = day.year, day.month
    for _ in range(abs(n)):
        month += 1 if n > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def removed_days(suspensions, since, until, counts=works):
    """Count the days of (since, until] that lie in any (start, end] of the suspensions."""
    count, day = 0, since
    while day < until:
        day += DAY
        count += bool(counts(day) and any(start < day <= end for start, end in suspensions))
    return count


def due_when_paused(start, n, suspensions):
    """Walk: a working day counts unless it lies in some (start, end]; the n-th counted day is the due date."""
    day = start
    while n:
        day += DAY
        n -= bool(works(day) and not any(begun < day <= ended for begun, ended in suspensions))
    return day
