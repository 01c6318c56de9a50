"""A test case on a copy of the hand-written example: change the plan or an input, then ask which rules complain."""

import json
import shutil
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

from checker import SHIPPED_HOLIDAYS
from oracle.instants import parse_instant, show
from oracle.report import Report
from oracle.verdict import judge

EXAMPLE = Path(__file__).with_name("example")
NOW = "2026-11-23T09:00:00Z"


class ExampleCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(EXAMPLE, self.folder, dirs_exist_ok=True)
        self.plan = json.loads((EXAMPLE / "plan.json").read_text(encoding="utf-8"))
        self.holidays = SHIPPED_HOLIDAYS

    def report(self) -> Report:
        inputs = [self.folder / name for name in ("unit.toml", "policy.toml", "submissions.csv")]
        return judge(*inputs, self.holidays, parse_instant(NOW), self.plan)

    def assert_no_violations(self) -> None:
        self.assertEqual([], self.report().violations)

    def assert_found(self, rule: str, *parts: str) -> None:
        """Some violation is of this rule and contains all these parts."""
        violations = self.report().violations
        hits = [line for line in violations if f": {rule}: " in line and all(part in line for part in parts)]
        self.assertTrue(hits, f"no {rule} {parts} in:\n" + "\n".join(violations))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a text that occurs exactly once in an input file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        self.assertEqual(1, text.count(old), f"{old!r} in {name}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def edit_row(self, exhibit: str, column: str, value: str) -> None:
        """Sets one field of a row; no field of the example is quoted."""
        path = self.folder / "submissions.csv"
        header, *rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        row = next(row for row in rows if row[header.index("exhibit_ref")] == exhibit)
        row[header.index(column)] = value
        path.write_text("".join(",".join(line) + "\n" for line in [header, *rows]), encoding="utf-8")

    def step(self, exhibit: str, stage: str) -> dict:
        return self._line("steps", lambda line: line["stage"] == stage, exhibit)

    def waiting(self, exhibit: str, stage: str | None) -> dict:
        return self._line("waiting", lambda line: line["stage"] == stage, exhibit)

    def milestone(self, exhibit: str, promise: str) -> dict:
        return self._line("milestones", lambda line: line["promise"] == promise, exhibit)

    def tier(self, number: int) -> dict:
        return next(line for line in self.plan["objective"]["tiers"] if line["tier"] == number)

    def _line(self, part: str, wanted: Callable[[dict], bool], exhibit: str) -> dict:
        return next(line for line in self.plan[part] if f"|{exhibit}|" in line["submission"] and wanted(line))

    def put(self, step: dict, start: str, end: str) -> None:
        """Moves a step to one piece on 23 November; a hand_back has none."""
        step["start"], step["end"] = f"2026-11-23T{start}Z", f"2026-11-23T{end}Z"
        if step["resource"] is not None:
            step["segments"] = [[step["start"], step["end"]]]

    def make_wait(self, exhibit: str, *stages: str) -> None:
        """Turns steps into waiting lines, and drops the submission's milestones."""
        for stage in stages:
            step = self.step(exhibit, stage)
            self.plan["steps"].remove(step)
            line = {"submission": step["submission"], "stage": stage, "reasons": [{"kind": "nobody_can"}], "text": "?"}
            self.plan["waiting"].append(line | {"clear_by": None, "if_cleared_now": None})
        self.plan["milestones"] = [line for line in self.plan["milestones"] if f"|{exhibit}|" not in line["submission"]]


def shift(instant: str, seconds: int) -> str:
    return show(parse_instant(instant) + seconds)
