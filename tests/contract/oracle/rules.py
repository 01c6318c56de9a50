"""The rules that hold for every step done by a resource."""

from itertools import pairwise

from .gates import shut_gates, unfinished_exhibits
from .instants import show
from .model import Resource
from .plan import Plan
from .plan_file import Step
from .report import Report
from .world import World


def check_steps(world: World, plan: Plan, report: Report) -> None:
    for step in plan.steps.values():
        _check_may_start(world, plan, step, report)
        if not plan.stage(step).returns_device:
            _check_done_by_resource(world, plan, step, report)
    _check_slots(plan, report)


def _check_may_start(world: World, plan: Plan, step: Step, report: Report) -> None:
    """Nothing starts before now, behind a shut gate, before an earlier exhibit or before its predecessors end."""
    submission, stage = plan.submission(step), plan.stage(step)
    report.check_not_before(step.start, world.now, step.where, "before-now", "now")
    shut = shut_gates(world, submission)
    report.check(not shut, step.where, "gate", "no step while a gate is shut", f"shut: {shut}")
    earlier = unfinished_exhibits(world, submission)
    report.check(not earlier, step.where, "case-rank", "no step while an earlier exhibit is unfinished", earlier)
    for name in stage.after:
        before = plan.step(step.submission, name)
        if report.check(before is not None, step.where, "predecessor", f"{name} planned", "not planned"):
            report.check_not_before(step.start, before.end, step.where, "predecessor", f"end of {name}")
    if step.start > world.now:
        report.check(step.because != (), step.where, "because", "a reason why a future step is not now", "none")


def _check_done_by_resource(world: World, plan: Plan, step: Step, report: Report) -> None:
    resource = world.unit.resources.get(step.resource)
    if not report.check(resource is not None, step.where, "eligible", "a resource of the unit", step.resource):
        return
    for criterion, met in world.can_do(resource, plan.stage(step), plan.submission(step)).items():
        report.check(met, step.where, "eligible", criterion, f"{resource.id} does not qualify")
    in_range = step.slot is not None and 1 <= step.slot <= resource.slots
    report.check(in_range, step.where, "slot", f"a slot from 1 to {resource.slots}", step.slot)
    if plan.stage(step).attended:
        _check_attended(world, plan, step, resource, report)
    else:
        _check_unattended(world, plan, step, resource, report)
    lapse = world.lapse(resource)
    report.check(lapse is None or step.end <= lapse, step.where, "lapse", f"end <= {show(lapse)}", show(step.end))
    _check_persons(plan, step, report)


def _check_attended(world: World, plan: Plan, step: Step, resource: Resource, report: Report) -> None:
    """Attended work runs only inside windows, stops at their end and goes on at the slot's next one."""
    windows = world.resource_windows(resource.id)
    is_open = windows.is_open(step.start)
    report.check(is_open, step.where, "window", "a start inside an open window", show(step.start))
    seconds = world.duration(plan.submission(step), plan.stage(step), resource)
    pieces = windows.work_from(step.start, seconds)
    _check_pieces(step, pieces, f"{seconds} s of attended work", report)


def _check_unattended(world: World, plan: Plan, step: Step, resource: Resource, report: Report) -> None:
    """Unattended work starts at an open moment, runs through, is handed over at the first moment that is open or a
    window's close, and touches no `closed` period from start to hand-over."""
    windows = world.resource_windows(resource.id)
    report.check(windows.is_open(step.start), step.where, "window", "a start inside an open window", show(step.start))
    seconds = world.duration(plan.submission(step), plan.stage(step), resource)
    end = windows.hand_over(step.start + seconds)
    pieces = None if end is None else [(step.start, end)]
    _check_pieces(step, pieces, f"{seconds} s unattended, then the hand-over", report)
    touched = [span for span in resource.closed if span[0] < step.end and step.start < span[1]]
    report.check(not touched, step.where, "closed", "no closed period touched", _show_pieces(touched))


def _check_pieces(step: Step, pieces: list[tuple[int, int]] | None, what: str, report: Report) -> None:
    """`segments` are the pieces in order, `start` the first's start, `end` the last's end."""
    if not report.check(pieces is not None, step.where, "segments", f"time enough for {what}", "none"):
        return
    expected, found = f"{_show_pieces(pieces)} ({what})", _show_pieces(step.segments)
    report.check(list(step.segments) == pieces, step.where, "segments", expected, found)
    report.check(step.end == pieces[-1][1], step.where, "end", show(pieces[-1][1]), show(step.end))


def _show_pieces(pieces) -> str:
    return "[" + ", ".join(f"{show(start)}..{show(end)}" for start, end in pieces) + "]"


def _check_persons(plan: Plan, step: Step, report: Report) -> None:
    """A person is a resource id; the rule binds the planned ones of the stages it names."""
    stage = plan.stage(step)
    if stage.same_person_as:
        other = plan.step(step.submission, stage.same_person_as)
        report.check(
            other is None or other.resource == step.resource,
            step.where,
            "same-person",
            f"the one of {stage.same_person_as}: {other and other.resource}",
            step.resource,
        )
    for name in stage.different_person_from:
        other = plan.step(step.submission, name)
        report.check(
            other is None or other.resource != step.resource,
            step.where,
            "different-person",
            f"not the one of {name}",
            step.resource,
        )


def _check_slots(plan: Plan, report: Report) -> None:
    """A step has its slot to itself from start to end, pauses and hand-over included."""
    for (resource, slot), steps in plan.by_slot.items():
        for before, after in pairwise(steps):
            why = f"{resource}/{slot} has {before.submission} {before.stage}"
            report.check_not_before(after.start, before.end, after.where, "slot-taken", why)
