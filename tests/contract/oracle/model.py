"""What the three input files say, as plain values."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from .calendars import Opening, Span


@dataclass(frozen=True)
class Calendar:
    """Openings of a calendar or of a site's returns."""

    openings: tuple[Opening, ...]
    closed_on_holidays: bool


@dataclass(frozen=True)
class Site:
    id: str
    returns: Calendar
    to_owner: int


@dataclass(frozen=True)
class Resource:
    """`devices` is None where every kind is meant, `last_day` the earlier of its two lapsing dates."""

    id: str
    kind: str
    site: str
    calendar: str
    slots: int
    stages: frozenset[str]
    levels: frozenset[int]
    devices: frozenset[str] | None
    last_day: date | None
    speed: Fraction
    closed: tuple[Span, ...]


@dataclass(frozen=True)
class Unit:
    zone: ZoneInfo
    division: str
    travel_default: int
    sites: dict[str, Site]
    travel: dict[frozenset[str], int]
    calendars: dict[str, Calendar]
    resources: dict[str, Resource]


@dataclass(frozen=True)
class Promise:
    """Exactly one of `since` with `within`, and `by`, is set."""

    name: str
    when: dict
    milestone: str
    tier: int
    since: str | None
    within: int | None
    by: str | None
    before: int
    applies_within: int | None
    working_calendar: str | None


@dataclass(frozen=True)
class Stage:
    name: str
    kinds: frozenset[str]
    attended: bool
    holds_device: bool
    returns_device: bool
    base: int
    per_gb: int
    after: tuple[str, ...]
    same_person_as: str | None
    different_person_from: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    name: str
    when: dict
    gates: tuple[str, ...]
    stages: dict[str, Stage]


@dataclass(frozen=True)
class Policy:
    promises: tuple[Promise, ...]
    routes: tuple[Route, ...]
    typical_storage_gb: int


@dataclass(frozen=True)
class Submission:
    """One row. `words` holds what `when` may ask for, `instants` every column that is one (None where empty)."""

    key: str
    case: tuple[str, str]
    words: dict
    instants: dict[str, int | None]
    site: str
    home: str
    trip: int | None
    storage_gb: int | None
    legal_basis: str
    case_rank: int | None

    def matches(self, when: dict) -> bool:
        """Policy: every listed field has one of the listed values; case is ignored."""
        return all(self.words[field] in [fold(value) for value in values] for field, values in when.items())


def fold(value):
    """A word without its case; numbers and booleans as they are."""
    return value.casefold() if isinstance(value, str) else value
