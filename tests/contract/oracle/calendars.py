"""Opening hours as lists of instants, by brute force: one local day after another."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from .instants import resolve_local

Span = tuple[int, int]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OPENING = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True)
class Opening:
    """One `Mon-Fri 22:00-06:00` of a calendar; `close` is a minute of the day, or past 1440 the next day's."""

    weekdays: frozenset[int]
    open: int
    close: int

    @classmethod
    def parse(cls, text: str) -> "Opening":
        """Unit: days may wrap, 24:00 is allowed as a close, equal open and close = 24 hours,
        a close before the open is the next day's."""
        match = _OPENING.fullmatch(text)
        if not match:
            raise ValueError(f"not an opening: {text!r}")
        first, last, *clock = match.groups()
        open_hour, open_minute, close_hour, close_minute = map(int, clock)
        opens, closes = open_hour * 60 + open_minute, close_hour * 60 + close_minute
        return cls(_weekdays(first, last or first), opens, closes if closes > opens else closes + 24 * 60)


def _weekdays(first: str, last: str) -> frozenset[int]:
    start = _DAYS.index(first)
    length = (_DAYS.index(last) - start) % 7 + 1
    return frozenset((start + i) % 7 for i in range(length))


def compile_windows(
    openings: Collection[Opening], holidays: frozenset[date], zone: ZoneInfo, first_day: date, last_day: date
) -> "Windows":
    """All windows that begin on a local day from `first_day` to `last_day`; none begins on a holiday."""
    spans = []
    day = first_day
    while day <= last_day:
        if day not in holidays:
            spans += [_on(day, opening, zone) for opening in openings if day.weekday() in opening.weekdays]
        day += timedelta(days=1)
    return Windows(merge(spans))


def _on(day: date, opening: Opening, zone: ZoneInfo) -> Span:
    next_day, minute = divmod(opening.close, 24 * 60)
    close = resolve_local(day + timedelta(days=next_day), minute, zone)
    return resolve_local(day, opening.open, zone), close


def merge(spans: Iterable[Span]) -> list[Span]:
    """Rules of time: windows that touch or overlap are one; an empty one is none."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


class Windows:
    """Half-open windows [open, close), in order, none touching another."""

    def __init__(self, spans: list[Span]):
        self.spans = spans
        self._opens = [start for start, _ in spans]

    def without(self, closed: Iterable[Span]) -> "Windows":
        """Rules of time: `closed` [from, until) is cut out of the merged windows."""
        spans = self.spans
        for start, end in closed:
            spans = [
                piece for span in spans for piece in ((span[0], min(span[1], start)), (max(span[0], end), span[1]))
            ]
            spans = [span for span in spans if span[0] < span[1]]
        return Windows(spans)

    def from_moment(self, moment: int) -> list[Span]:
        """The windows, or rest of one, at or after a moment: each has open time left."""
        index = max(bisect_right(self._opens, moment) - 1, 0)
        return [(max(start, moment), end) for start, end in self.spans[index:] if end > moment]

    def is_open(self, moment: int) -> bool:
        index = bisect_right(self._opens, moment) - 1
        return index >= 0 and moment < self.spans[index][1]

    def next_open(self, moment: int) -> int | None:
        """The first open moment at or after `moment`."""
        rest = self.from_moment(moment)
        return rest[0][0] if rest else None

    def hand_over(self, moment: int) -> int | None:
        """Rules of time: the first moment at or after `moment` that is open or is a window's close."""
        if any(end == moment for _, end in self.spans):
            return moment
        return self.next_open(moment)

    def work_from(self, moment: int, seconds: int) -> list[Span] | None:
        """The pieces of attended work begun at `moment`; None where the windows run out."""
        pieces = []
        for start, end in self.from_moment(moment):
            end = min(end, start + seconds)
            pieces.append((start, end))
            seconds -= end - start
            if seconds == 0:
                return pieces
        return None

    def holds(self, start: int, end: int) -> bool:
        """Whether [start, end] lies wholly inside one window."""
        return any(opens <= start and end <= closes for opens, closes in self.spans)

    def first_fit(self, moment: int, length: int) -> int | None:
        """The earliest start at or after `moment` of a trip of `length` inside one window."""
        return next((start for start, end in self.from_moment(moment) if end - start >= length), None)

    def last_fit(self, moment: int, length: int) -> int | None:
        """The latest end at or before `moment` of a trip of `length` inside one window."""
        ends = [min(end, moment) for start, end in self.spans if min(end, moment) - start >= length]
        return ends[-1] if ends else None
