"""All checks of one plan, in reading order."""

from pathlib import Path

from .clocks import check_milestones, check_objective
from .completeness import check_completeness
from .device import check_devices
from .instants import show
from .plan import Plan, check_coverage
from .plan_file import PlanFile, read_plan
from .reading import read_holidays, read_policy, read_submissions, read_unit
from .report import Report
from .rules import check_steps
from .waits import check_waiting
from .world import World


def judge(unit: Path, policy: Path, submissions: Path, holidays: Path, now: int, document) -> Report:
    """Checks the parsed JSON `document` against the input files and `now`."""
    report = Report()
    file = read_plan(document, report)
    read = read_unit(unit)
    world = World(
        read,
        read_policy(policy),
        read_submissions(submissions),
        read_holidays(holidays, read.division),
        now,
        _last(file, now),
    )
    report.check(file.now == now, ("plan", None), "now", show(now), show(file.now))
    check_coverage(world, file, report)
    plan = Plan(world, file)
    check_steps(world, plan, report)
    check_devices(world, plan, report)
    check_milestones(world, plan, file, report)
    check_objective(world, file, report)
    check_completeness(world, plan, report)
    check_waiting(world, plan, report)
    return report


def _last(file: PlanFile, now: int) -> int:
    """The last instant of the plan: windows are compiled to well beyond it."""
    return max([now, *(step.end for step in file.steps)])
