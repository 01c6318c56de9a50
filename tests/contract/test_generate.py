"""The generator is deterministic and stays inside the contract; run.py tells a good planner from a bad one."""

import csv
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import run
from checker import SHIPPED_HOLIDAYS
from generate import generate
from generator.setting import KINDS
from oracle.gates import shut_gates
from oracle.instants import parse_instant
from oracle.reading import read_holidays, read_policy, read_submissions, read_unit
from oracle.world import World

CLOCK_CHANGES = {
    "dst-spring": ("2027-03-28T01:00:00Z", "2028-03-26T01:00:00Z"),
    "dst-autumn": ("2026-10-25T01:00:00Z", "2027-10-31T01:00:00Z"),
}


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        keeper = tempfile.TemporaryDirectory()
        self.addCleanup(keeper.cleanup)
        self.folder = Path(keeper.name)


class Generator(TemporaryFolder):
    def test_the_same_seed_writes_the_same_bytes(self):
        for kind in KINDS:
            one, other = self.folder / kind / "one", self.folder / kind / "other"
            generate(kind, 7, one)
            generate(kind, 7, other)
            for file in one.iterdir():
                self.assertEqual(file.read_bytes(), (other / file.name).read_bytes(), file)

    def test_another_seed_writes_another_unit(self):
        for seed in (1, 2):
            generate("plain", seed, self.folder / str(seed))
        texts = [(self.folder / str(seed) / "submissions.csv").read_bytes() for seed in (1, 2)]
        self.assertNotEqual(*texts)

    def test_every_file_can_be_read_and_is_of_the_promised_size(self):
        for kind in KINDS:
            for seed in range(5):
                with self.subTest(kind=kind, seed=seed):
                    world = self._world(kind, seed)
                    self.assertTrue(2 <= len(world.unit.sites) <= 6)
                    self.assertTrue(3 <= len(world.unit.resources) <= 15)
                    self.assertTrue(5 <= len(world.submissions) <= 61)
                    with open(self.folder / f"{kind}-{seed}" / "submissions.csv", encoding="utf-8-sig") as file:
                        self.assertEqual(len(list(csv.DictReader(file))), len(world.submissions), "keys are unique")

    def test_some_rows_are_blocked_and_some_can_be_planned(self):
        world = self._world("big", 1)
        shut = [s for s in world.submissions.values() if shut_gates(world, s)]
        routeless = [s for s in world.submissions.values() if world.route(s.key) is None]
        self.assertTrue(shut and routeless)
        self.assertGreater(len(world.submissions), len(shut) + len(routeless))

    def test_now_is_within_36_hours_before_the_clock_change(self):
        for kind, changes in CLOCK_CHANGES.items():
            for seed in range(20):
                generate(kind, seed, self.folder)
                now = parse_instant((self.folder / "now").read_text().strip())
                self.assertTrue(any(0 <= parse_instant(change) - now <= 36 * 3600 for change in changes))

    def _world(self, kind: str, seed: int) -> World:
        folder = self.folder / f"{kind}-{seed}"
        generate(kind, seed, folder)
        unit = read_unit(folder / "unit.toml")
        now = parse_instant((folder / "now").read_text().strip())
        rows = read_submissions(folder / "submissions.csv")
        return World(
            unit, read_policy(folder / "policy.toml"), rows, read_holidays(SHIPPED_HOLIDAYS, unit.division), now, now
        )


class Runner(TemporaryFolder):
    def test_kinds_take_turns_also_among_every_tenth_seed(self):
        self.assertEqual(set(KINDS), {run.kind_of(seed) for seed in range(6)})
        self.assertEqual(set(KINDS), {run.kind_of(seed) for seed in range(0, 60, 10)})

    def test_a_planner_that_plans_nothing_fails(self):
        result = self._run('print(\'{"now": "2026-01-01T00:00:00Z"}\')')
        self.assertEqual(1, result.returncode)
        self.assertIn("shape", result.stdout)
        self.assertEqual("0 passed, 2 failed", result.stdout.splitlines()[-1])

    def test_a_planner_that_stops_fails(self):
        result = self._run('sys.exit("no such subcommand")')
        self.assertIn("exit code 1: no such subcommand", result.stdout)

    def _run(self, body: str) -> subprocess.CompletedProcess:
        planner = self.folder / "planner"
        planner.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
        planner.chmod(planner.stat().st_mode | stat.S_IXUSR)
        command = [sys.executable, run.__file__, "--dfqueue", planner, "--seeds", "1..2"]
        return subprocess.run(command, capture_output=True, text=True, env={"TMPDIR": str(self.folder)})
