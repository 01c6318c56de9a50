"""Where the device is, and how it goes home."""

from itertools import pairwise

from .instants import show
from .plan import Plan
from .plan_file import Step
from .report import Report
from .world import World


def check_devices(world: World, plan: Plan, report: Report) -> None:
    for key in world.submissions:
        holding = plan.holding_steps(key)
        if holding:
            _check_first_place(world, plan, holding[0], report)
        for before, after in pairwise(holding):
            _check_move(world, before, after, report)
        hand_back = plan.hand_back(key)
        if hand_back:
            _check_hand_back(world, plan, hand_back, report)


def site_of(world: World, step: Step) -> str:
    """A van counts as at its site."""
    return world.unit.resources[step.resource].site


def _check_first_place(world: World, plan: Plan, step: Step, report: Report) -> None:
    """The device is at `site` from max(now, `delivered_at`)."""
    submission = plan.submission(step)
    _check_travel(world, submission.site, world.device_from(submission), step, report)


def _check_move(world: World, before: Step, after: Step, report: Report) -> None:
    """One device-holding stage at a time; then the device is where its last one was, from that one's end."""
    why = f"end of {before.stage}"
    report.check_not_before(after.start, before.end, after.where, "device-in-two-places", why)
    _check_travel(world, site_of(world, before), before.end, after, report)


def _check_travel(world: World, origin: str, free_from: int, step: Step, report: Report) -> None:
    """Another site needs the travel time, at any hour."""
    earliest = free_from + world.travel(origin, site_of(world, step))
    report.check_not_before(step.start, earliest, step.where, "travel", f"device from {origin}")


def device_after_work(world: World, plan: Plan, key: str) -> tuple[int, str]:
    """When and where the device is once its last holding stage has ended, or before any, where it was delivered."""
    submission = world.submissions[key]
    holding = plan.holding_steps(key)
    if not holding:
        return world.device_from(submission), submission.site
    last = max(holding, key=lambda step: step.end)
    return last.end, site_of(world, last)


def owner_takes_it_there(world: World, plan: Plan, key: str) -> bool:
    """`owner_present_until` is set, the last holding stage was at home, and it ended at or before that instant."""
    submission = world.submissions[key]
    present_until = submission.instants["owner_present_until"]
    end, site = device_after_work(world, plan, key)
    return (
        present_until is not None and bool(plan.holding_steps(key)) and site == submission.home and end <= present_until
    )


def _check_hand_back(world: World, plan: Plan, step: Step, report: Report) -> None:
    """hand_back has neither resource nor slot nor segments; it is the owner's taking it at the end of the last
    holding stage, or the trip."""
    report.check(step.resource is None, step.where, "hand-back", "resource null", step.resource)
    report.check(step.slot is None, step.where, "hand-back", "slot null", step.slot)
    report.check(step.segments == (), step.where, "hand-back", "segments []", step.segments)
    submission, stage = plan.submission(step), plan.stage(step)
    work_end, _ = device_after_work(world, plan, submission.key)
    others_ready = plan.ready(submission.key, stage)
    if not owner_takes_it_there(world, plan, submission.key):
        _check_trip(world, plan, step, report)
    elif others_ready is None or others_ready <= work_end:
        expected = f"start = end = {show(work_end)}, owner present"
        found = f"{show(step.start)}..{show(step.end)}"
        report.check(step.start == step.end == work_end, step.where, "hand-back", expected, found)
    elif not step.start == step.end == others_ready:
        # Two rules collide (README, "Where the text leaves room"): either form will do once all predecessors end.
        _check_trip(world, plan, step, report)


def earliest_trip(world: World, plan: Plan, key: str) -> int:
    """From the end of the last holding stage, travel home if elsewhere."""
    end, site = device_after_work(world, plan, key)
    return end + world.travel(site, world.submissions[key].home)


def _check_trip(world: World, plan: Plan, step: Step, report: Report) -> None:
    """The trip (`trip`, else home's `to_owner`) lies wholly inside one return window of home."""
    submission = plan.submission(step)
    earliest, trip = earliest_trip(world, plan, submission.key), world.trip(submission)
    report.check_not_before(step.start, earliest, step.where, "hand-back", "device at home")
    report.check(step.end - step.start == trip, step.where, "hand-back", f"a trip of {trip} s", step.end - step.start)
    inside = world.return_windows(submission.home).holds(step.start, step.end)
    report.check(
        inside,
        step.where,
        "hand-back",
        f"inside one return window of {submission.home}",
        f"{show(step.start)}..{show(step.end)}",
    )
