"""The steps of a plan, indexed, without lines of submissions or stages that do not exist or come twice."""

from collections import Counter, defaultdict
from functools import cached_property

from .model import Stage, Submission
from .plan_file import PlanFile, Step, Waiting
from .report import Report
from .world import World


class Plan:
    def __init__(self, world: World, file: PlanFile):
        self._world = world
        self.steps: dict[tuple[str, str], Step] = {}
        self.waiting: dict[tuple[str, str | None], Waiting] = {}
        wanted = _wanted(world)
        for step in file.steps:
            if step.where in wanted:
                self.steps.setdefault(step.where, step)
        for line in file.waiting:
            if line.where in wanted:
                self.waiting.setdefault(line.where, line)

    def step(self, submission: str, stage: str) -> Step | None:
        return self.steps.get((submission, stage))

    def stage(self, step: Step) -> Stage:
        return self._world.stages(step.submission)[step.stage]

    def submission(self, step: Step) -> Submission:
        return self._world.submissions[step.submission]

    def holding_steps(self, submission: str) -> list[Step]:
        """The planned device-holding steps of a submission that are at a known resource, in time order."""
        steps = (
            self.step(submission, stage.name) for stage in self._world.stages(submission).values() if stage.holds_device
        )
        return sorted(
            (s for s in steps if s and s.resource in self._world.unit.resources), key=lambda s: (s.start, s.end)
        )

    def hand_back(self, submission: str) -> Step | None:
        stages = self._world.stages(submission).values()
        return next((self.step(submission, stage.name) for stage in stages if stage.returns_device), None)

    def ready(self, submission: str, stage: Stage) -> int | None:
        """The first moment at which all predecessors of a stage have ended; None where one is not planned."""
        before = [self.step(submission, name) for name in stage.after]
        return None if None in before else max([self._world.now, *(step.end for step in before)])

    @cached_property
    def by_slot(self) -> dict[tuple[str, int], list[Step]]:
        """The steps of each slot in time order."""
        slots = defaultdict(list)
        for step in self.steps.values():
            if step.resource is not None:
                slots[step.resource, step.slot].append(step)
        return {slot: sorted(steps, key=lambda s: (s.start, s.end)) for slot, steps in slots.items()}


def _wanted(world: World) -> set[tuple[str, str | None]]:
    """Every stage of every row; a row without a route is one line with stage null."""
    return {(key, stage) for key in world.submissions for stage in world.stages(key) or [None]}


def check_coverage(world: World, file: PlanFile, report: Report) -> None:
    """Interfaces: steps ∪ waiting = all stages of all rows, once each."""
    wanted = _wanted(world)
    found = Counter(line.where for line in (*file.steps, *file.waiting))
    for where in sorted(wanted | set(found), key=str):
        expected = 1 if where in wanted else 0
        report.check(found[where] == expected, where, "coverage", f"{expected} line(s)", found[where])
