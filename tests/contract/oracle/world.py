"""What the planner was given, with calendars compiled to instants, and the questions the rules ask of it."""

from datetime import date, timedelta
from functools import lru_cache

from .calendars import Windows, compile_windows
from .instants import end_of_local_day, local_date
from .model import Calendar, Policy, Resource, Route, Stage, Submission, Unit

# Windows are compiled this far around everything that happens; a trip or a piece of work that fits nowhere within
# that is taken as impossible.
_DAYS_BEFORE = 400
_DAYS_AFTER = 800


class World:
    def __init__(
        self, unit: Unit, policy: Policy, submissions: list[Submission], holidays: frozenset[date], now: int, last: int
    ):
        """`last` is the last instant of the plan that is checked."""
        self.unit = unit
        self.policy = policy
        self.submissions = {submission.key: submission for submission in submissions}
        self.now = now
        self._holidays = holidays
        self._routes = {submission.key: self._first_matching_route(submission) for submission in submissions}
        known = [instant for s in submissions for instant in s.instants.values() if instant is not None]
        self._first_day = local_date(min([now, *known]), unit.zone) - timedelta(days=_DAYS_BEFORE)
        self._last_day = local_date(max([now, last, *known]), unit.zone) + timedelta(days=_DAYS_AFTER)
        self.calendar_windows = lru_cache(None)(self._calendar_windows)
        self.return_windows = lru_cache(None)(self._return_windows)
        self.resource_windows = lru_cache(None)(self._resource_windows)

    def _first_matching_route(self, submission: Submission) -> Route | None:
        """Policy: the first route that matches; none is a waiting reason."""
        return next((route for route in self.policy.routes if submission.matches(route.when)), None)

    def route(self, key: str) -> Route | None:
        return self._routes[key]

    def stages(self, key: str) -> dict[str, Stage]:
        route = self.route(key)
        return route.stages if route else {}

    def _calendar_windows(self, calendar_id: str) -> Windows:
        return self._compile(self.unit.calendars[calendar_id])

    def _return_windows(self, site_id: str) -> Windows:
        return self._compile(self.unit.sites[site_id].returns)

    def _resource_windows(self, resource_id: str) -> Windows:
        resource = self.unit.resources[resource_id]
        return self.calendar_windows(resource.calendar).without(resource.closed)

    def _compile(self, calendar: Calendar) -> Windows:
        holidays = self._holidays if calendar.closed_on_holidays else frozenset()
        return compile_windows(calendar.openings, holidays, self.unit.zone, self._first_day, self._last_day)

    def travel(self, one: str, other: str) -> int:
        """Unit: `travel_default` between two sites with no [[travel]] of their own; none within a site."""
        if one == other:
            return 0
        return self.unit.travel.get(frozenset((one, other)), self.unit.travel_default)

    def trip(self, submission: Submission) -> int:
        """`hand_back`: the row's `trip`, else home's `to_owner`."""
        return self.unit.sites[submission.home].to_owner if submission.trip is None else submission.trip

    def duration(self, submission: Submission, stage: Stage, resource: Resource) -> int:
        """Policy: base + per_gb * storage_gb (the guard's typical size where empty); attended work is divided by
        the resource's speed and rounded up, unattended work ignores speed."""
        gigabytes = self.policy.typical_storage_gb if submission.storage_gb is None else submission.storage_gb
        seconds = stage.base + stage.per_gb * gigabytes
        return -(-seconds // resource.speed) if stage.attended else seconds

    def can_do(self, resource: Resource, stage: Stage, submission: Submission) -> dict[str, bool]:
        """Eligibility, criterion by criterion."""
        return {
            f"kind in {sorted(stage.kinds)}": resource.kind in stage.kinds,
            f"stage in {sorted(resource.stages)}": stage.name in resource.stages,
            f"level in {sorted(resource.levels)}": submission.words["level"] in resource.levels,
            f"device in {sorted(resource.devices or ())}": resource.devices is None
            or submission.words["device"] in resource.devices,
        }

    def lapse(self, resource: Resource) -> int | None:
        """The end of the last local day on which a step of the resource may end."""
        return None if resource.last_day is None else end_of_local_day(resource.last_day, self.unit.zone)

    def device_from(self, submission: Submission) -> int:
        """Rules of time: the device is at `site` from max(now, `delivered_at`)."""
        return max(self.now, submission.instants["delivered_at"] or self.now)
