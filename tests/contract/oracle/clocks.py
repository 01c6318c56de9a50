"""Promises, milestones and the objective, recomputed."""

from collections import Counter, defaultdict

from .instants import show
from .model import Promise, Submission
from .plan import Plan
from .plan_file import MILESTONES, MilestoneLine, PlanFile
from .report import Report
from .world import World


def applying_promises(world: World, submission: Submission) -> list[Promise]:
    return [promise for promise in world.policy.promises if _applies(promise, submission, world.now)]


def _applies(promise: Promise, submission: Submission, now: int) -> bool:
    """Policy: all promises that match apply; `by` only where its date is set; with `applies_within` only while
    0 < date - now <= that; every dated promise but device_back ends at its date."""
    if not submission.matches(promise.when):
        return False
    if promise.by is None:
        return submission.instants[promise.since] is not None
    date = submission.instants[promise.by]
    if date is None:
        return False
    if promise.applies_within is not None:
        return 0 < date - now <= promise.applies_within
    return promise.milestone == "device_back" or now < date


def _runs_already(promise: Promise, submission: Submission, now: int) -> bool:
    """Whether a promise counted from an instant after now applies already is left open: its line may be missing."""
    return promise.since is None or submission.instants[promise.since] <= now


def due_of(world: World, promise: Promise, submission: Submission) -> int | None:
    """`within` counted from its moment, elapsed or in working time (the first instant by which that much has been
    worked; None beyond the horizon), or `before` the stored date."""
    if promise.by is not None:
        return submission.instants[promise.by] - promise.before
    start = submission.instants[promise.since]
    if promise.working_calendar is None:
        return start + promise.within
    pieces = world.calendar_windows(promise.working_calendar).work_from(start, promise.within)
    return pieces[-1][1] if pieces else None


def effective_due_of(world: World, promise: Promise, submission: Submission, due: int) -> int | None:
    """Of `device_back`, unless promised by `owner_present_until`: the latest t <= due with [t - trip, t] inside one
    return window of home. Of any other: due."""
    if promise.milestone != "device_back" or promise.by == "owner_present_until":
        return due
    return world.return_windows(submission.home).last_fit(due, world.trip(submission))


def reached_milestones(world: World, plan: Plan, key: str) -> dict[str, int]:
    """`extracted`: all holding stages planned, the latest end of them; `results`: the same of the stages that return
    no device; `device_back`: the end of hand_back. A milestone without any stage is never reached."""
    stages = world.stages(key).values()
    groups = {
        "extracted": [stage.name for stage in stages if stage.holds_device],
        "device_back": [stage.name for stage in stages if stage.returns_device],
        "results": [stage.name for stage in stages if not stage.returns_device],
    }
    reached = {}
    for milestone in MILESTONES:
        steps = [plan.step(key, name) for name in groups[milestone]]
        if steps and None not in steps:
            reached[milestone] = max(step.end for step in steps)
    return reached


def check_milestones(world: World, plan: Plan, file: PlanFile, report: Report) -> None:
    """One line per promise that applies and whose milestone is planned, each value recomputed."""
    found = defaultdict(list)
    for line in file.milestones:
        found[line.submission, line.promise].append(line)
    for submission in world.submissions.values():
        reached = reached_milestones(world, plan, submission.key)
        for promise in applying_promises(world, submission):
            if promise.milestone in reached:
                lines = found.pop((submission.key, promise.name), [])
                if not lines and not _runs_already(promise, submission, world.now):
                    continue
                where = (submission.key, f"{promise.milestone} ({promise.name})")
                if report.check(len(lines) == 1, where, "milestone", "one line", len(lines)):
                    _check_line(world, submission, promise, reached[promise.milestone], lines[0], report)
    for lines in found.values():
        report.check(False, lines[0].where, "milestone", "no line: it does not apply or is not planned", len(lines))


def _check_line(
    world: World, submission: Submission, promise: Promise, at: int, line: MilestoneLine, report: Report
) -> None:
    due = due_of(world, promise, submission)
    if not report.check(due is not None, line.where, "due", "a calendar with enough working time", "none"):
        return
    effective_due = effective_due_of(world, promise, submission, due)
    late = max(0, at - due)
    report.check(line.milestone == promise.milestone, line.where, "milestone", promise.milestone, line.milestone)
    report.check(line.at == at, line.where, "milestone", f"at {show(at)}", show(line.at))
    report.check(line.due == due, line.where, "due", show(due), show(line.due))
    report.check(
        line.effective_due == effective_due, line.where, "effective-due", show(effective_due), show(line.effective_due)
    )
    report.check(line.late_seconds == late, line.where, "late-seconds", late, line.late_seconds)


def check_objective(world: World, file: PlanFile, report: Report) -> None:
    """`objective` sums the milestone lines by the promise's own tier, late meaning at > due."""
    tier_of = {promise.name: promise.tier for promise in world.policy.promises}
    late, late_seconds = Counter(), Counter()
    for line in file.milestones:
        tier = tier_of.get(line.promise)
        late[tier] += line.at > line.due
        late_seconds[tier] += line.late_seconds
    listed = Counter(line.tier for line in file.tiers)
    for tier in sorted(set(tier_of.values()) | set(listed)):
        allowed = (1,) if late[tier] else (0, 1)
        report.check(listed[tier] in allowed, ("objective", None), "objective", f"tier {tier} once", listed[tier])
    for line in file.tiers:
        where = ("objective", f"tier {line.tier}")
        report.check(line.late == late[line.tier], where, "objective", f"{late[line.tier]} late", line.late)
        report.check(
            line.late_seconds == late_seconds[line.tier],
            where,
            "objective",
            f"{late_seconds[line.tier]} late_seconds",
            line.late_seconds,
        )
