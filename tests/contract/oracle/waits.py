"""Waiting lines: what they must say about their gates and clocks."""

from .clocks import applying_promises, due_of
from .gates import earlier_exhibits, shut_gates
from .instants import parse_instant, show
from .model import Submission
from .plan import Plan
from .plan_file import MILESTONES, Waiting, is_instant
from .report import Report
from .world import World


def check_waiting(world: World, plan: Plan, report: Report) -> None:
    for line in plan.waiting.values():
        submission = world.submissions[line.submission]
        _check_clear_by(world, submission, line, report)
        _check_if_cleared_now(world, submission, line, report)


def _check_clear_by(world: World, submission: Submission, line: Waiting, report: Report) -> None:
    """The latest instant at which its gates can be met and every running promise still kept; null when past. So it is
    never before now, nor after the due of a promise that still runs and that its route could keep."""
    if line.clear_by is None:
        return
    report.check_not_before(line.clear_by, world.now, line.where, "clear-by", "now, or null")
    for promise in applying_promises(world, submission):
        due = due_of(world, promise, submission)
        if due is not None and due > world.now and _route_reaches(world, submission, promise.milestone):
            report.check(
                line.clear_by <= due,
                line.where,
                "clear-by",
                f"<= due of {promise.name} {show(due)}",
                show(line.clear_by),
            )


def _route_reaches(world: World, submission: Submission, milestone: str) -> bool:
    stages = world.stages(submission.key).values()
    flags = {
        "extracted": [stage.holds_device for stage in stages],
        "device_back": [stage.returns_device for stage in stages],
        "results": [not stage.returns_device for stage in stages],
    }
    return any(flags[milestone])


def _check_if_cleared_now(world: World, submission: Submission, line: Waiting, report: Report) -> None:
    """Behind a shut gate a submission keeps its clocks: its milestones, were its gates met now. None is before now."""
    if shut_gates(world, submission) and not earlier_exhibits(world, submission):
        report.check(line.if_cleared_now is not None, line.where, "if-cleared-now", "the milestones, not null", "null")
    for name, at in _milestone_times(line.if_cleared_now):
        report.check(name in MILESTONES, line.where, "if-cleared-now", f"one of {MILESTONES}", name)
        valid = at is None or (is_instant(at) and parse_instant(at) >= world.now)
        report.check(valid, line.where, "if-cleared-now", f"{name} >= {show(world.now)}", at)


def _milestone_times(value: list | dict | None) -> list[tuple[object, object]]:
    """The contract leaves the shape open: a list of {"milestone", "at"}, or an object milestone -> instant."""
    if isinstance(value, dict):
        return list(value.items())
    return [
        (entry.get("milestone"), entry.get("at")) if isinstance(entry, dict) else (entry, None) for entry in value or []
    ]
