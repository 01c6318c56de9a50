"""Instants are whole seconds since 1970-01-01T00:00:00Z, durations whole seconds: plain integers."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DURATION = re.compile(r"(?:\d+[smhd])+")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> int:
    """Policy: `90s 45m 24h 30d`, joined as in `1h30m`; a day is 24 elapsed hours."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"not a duration: {text!r}")
    return sum(int(n) * _UNIT_SECONDS[unit] for n, unit in re.findall(r"(\d+)([smhd])", text))


def from_datetime(moment: datetime) -> int:
    """The instant of a datetime that carries an offset and whole seconds."""
    if moment.tzinfo is None or moment.microsecond:
        raise ValueError(f"not an instant with an offset and whole seconds: {moment}")
    return calendar.timegm(moment.utctimetuple())


def parse_instant(text: str) -> int:
    """RFC 3339 with an offset."""
    return from_datetime(datetime.fromisoformat(text))


def to_datetime(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def show(instant: int | None) -> str:
    """RFC 3339 UTC with `Z`, as the plan writes it."""
    return "null" if instant is None else to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_date(instant: int, zone: ZoneInfo) -> date:
    return to_datetime(instant).astimezone(zone).date()


def resolve_local(day: date, minute: int, zone: ZoneInfo) -> int:
    """Rules of time: a local time that does not exist is the first instant after the gap,
    one that occurs twice is its first pass. `minute` counts from midnight; 1440 is 24:00."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    first = from_datetime(wall.replace(tzinfo=zone, fold=0))
    if _wall_clock(first, zone) == wall:
        return first
    second = from_datetime(wall.replace(tzinfo=zone, fold=1))
    return _clock_change_between(second, first, zone)


def end_of_local_day(day: date, zone: ZoneInfo) -> int:
    return resolve_local(day, 24 * 60, zone)


def _wall_clock(instant: int, zone: ZoneInfo) -> datetime:
    return to_datetime(instant).astimezone(zone).replace(tzinfo=None)


def _clock_change_between(before: int, after: int, zone: ZoneInfo) -> int:
    """The first instant in (before, after] that has the offset of `after`."""
    new_offset = to_datetime(after).astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if to_datetime(middle).astimezone(zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after
