"""Rules of time, last point: a stage whose gates are met and whose predecessors are planned has a step if, after
everything else planned, some slot can still do it before its dates lapse; `hand_back` likewise.

For each stage without a step this looks at every eligible resource, slot and gap, and at every position in the
device's own timeline. Finding a place is the violation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .calendars import Windows
from .device import device_after_work, earliest_trip, owner_takes_it_there, site_of
from .gates import earlier_exhibits, shut_gates
from .instants import show
from .model import Resource, Stage, Submission
from .plan import Plan
from .report import Report
from .world import World

FOREVER = 1 << 60


@dataclass(frozen=True)
class Place:
    """Somewhere in the device's timeline: free at `site` from `start`, wanted at `next_site` at `end`."""

    start: int
    site: str | None
    end: int
    next_site: str | None


def check_completeness(world: World, plan: Plan, report: Report) -> None:
    for key, submission in world.submissions.items():
        if shut_gates(world, submission) or earlier_exhibits(world, submission):
            continue
        for stage in world.stages(key).values():
            if plan.step(key, stage.name) is None and plan.ready(key, stage) is not None:
                found = _find_room(world, plan, submission, stage)
                report.check(found is None, (key, stage.name), "left-waiting", "no slot that can still do it", found)


def _find_room(world: World, plan: Plan, submission: Submission, stage: Stage) -> str | None:
    if stage.returns_device:
        return _find_hand_back(world, plan, submission)
    if stage.holds_device and _is_nowhere(world, submission):
        return None
    for resource in world.unit.resources.values():
        allowed = all(world.can_do(resource, stage, submission).values())
        if allowed and _may_be_done_by(world, plan, submission, stage, resource):
            for slot in range(1, resource.slots + 1):
                room = _find_in_slot(world, plan, submission, stage, resource, slot)
                if room:
                    return f"{resource.id}/{slot} {show(room[0])}..{show(room[1])}"
    return None


def _is_nowhere(world: World, submission: Submission) -> bool:
    """Not delivered, and no gate that says so: the text leaves open where the device is, so nothing is claimed."""
    return submission.instants["delivered_at"] is None


def _may_be_done_by(world: World, plan: Plan, submission: Submission, stage: Stage, resource: Resource) -> bool:
    """Persons, read from both sides: what this stage says of others, and what planned ones say of it."""
    for other in world.stages(submission.key).values():
        step = plan.step(submission.key, other.name)
        if step is None:
            continue
        same = other.name == stage.same_person_as or other.same_person_as == stage.name
        different = other.name in stage.different_person_from or stage.name in other.different_person_from
        if (same and step.resource != resource.id) or (different and step.resource == resource.id):
            return False
    return True


def _find_in_slot(
    world: World, plan: Plan, submission: Submission, stage: Stage, resource: Resource, slot: int
) -> tuple[int, int] | None:
    windows = world.resource_windows(resource.id)
    seconds = world.duration(submission, stage, resource)
    lapse = world.lapse(resource)
    for place in _places(world, plan, submission, stage):
        earliest = max(plan.ready(submission.key, stage), place.start + _travel(world, place.site, resource.site))
        latest = min(place.end - _travel(world, resource.site, place.next_site), FOREVER if lapse is None else lapse)
        for gap_start, gap_end in _gaps(world, plan, resource, slot):
            start_from = max(earliest, gap_start)
            run = (
                _first_attended(windows, start_from, seconds)
                if stage.attended
                else (_first_unattended(windows, resource, start_from, seconds))
            )
            if run and run[1] <= min(latest, gap_end):
                return run
    return None


def _travel(world: World, origin: str | None, target: str | None) -> int:
    return 0 if origin is None or target is None else world.travel(origin, target)


def _places(world: World, plan: Plan, submission: Submission, stage: Stage) -> Iterator[Place]:
    """Before, between and after the planned holding steps; anywhere for a stage that holds no device."""
    if not stage.holds_device:
        yield Place(world.now, None, FOREVER, None)
        return
    holding = plan.holding_steps(submission.key)
    hand_back = plan.hand_back(submission.key)
    free = (world.device_from(submission), submission.site)
    for step in holding:
        yield Place(*free, step.start, site_of(world, step))
        free = (step.end, site_of(world, step))
    if hand_back is None:
        yield Place(*free, FOREVER, None)
    elif submission.instants["owner_present_until"] is None:
        # Where an owner waits, a new last holding stage could change which form of hand_back applies.
        yield Place(*free, hand_back.start, submission.home)


def _gaps(world: World, plan: Plan, resource: Resource, slot: int) -> Iterator[tuple[int, int]]:
    steps = plan.by_slot.get((resource.id, slot), [])
    edges = [(world.now, world.now), *((step.start, step.end) for step in steps), (FOREVER, FOREVER)]
    for (_, before), (after, _) in pairwise(edges):
        yield before, after


def _first_attended(windows: Windows, moment: int, seconds: int) -> tuple[int, int] | None:
    """Starting at the first open moment ends first: a later start never ends earlier."""
    pieces = windows.work_from(moment, seconds)
    return (pieces[0][0], pieces[-1][1]) if pieces else None


def _first_unattended(windows: Windows, resource: Resource, moment: int, seconds: int) -> tuple[int, int] | None:
    """The first start whose run touches no closed period: after each one that it would touch, try again."""
    while True:
        start = windows.next_open(moment)
        end = None if start is None else windows.hand_over(start + seconds)
        if end is None:
            return None
        touched = [until for begin, until in resource.closed if begin < end and start < until]
        if not touched:
            return start, end
        moment = min(touched)


def _find_hand_back(world: World, plan: Plan, submission: Submission) -> str | None:
    """Nothing is claimed while a holding stage is not planned: the text leaves open whether hand_back waits for it."""
    stages = world.stages(submission.key).values()
    if any(stage.holds_device and plan.step(submission.key, stage.name) is None for stage in stages):
        return None
    if owner_takes_it_there(world, plan, submission.key):
        return f"the owner takes it at {show(device_after_work(world, plan, submission.key)[0])}"
    hand_back = next(stage for stage in stages if stage.returns_device)
    earliest = max(earliest_trip(world, plan, submission.key), plan.ready(submission.key, hand_back))
    start = world.return_windows(submission.home).first_fit(earliest, world.trip(submission))
    return None if start is None else f"a trip at {show(start)}"
