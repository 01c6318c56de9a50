"""Generates seeds, lets dfqueue plan each, and has every plan checked.

    python3 run.py --dfqueue PATH --seeds A..B [--jobs 2]

Kinds take turns. Every tenth seed is planned again, for the same bytes, and with its rows shuffled, for the same plan.
Prints each failing seed with its first violations, keeps its folder, and ends with `N passed, M failed`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from shutil import rmtree

from checker import SHIPPED_HOLIDAYS
from generate import generate
from generator.setting import KINDS
from oracle.instants import parse_instant
from oracle.verdict import judge

SHOWN_VIOLATIONS = 5
TIMEOUT_SECONDS = 120


def kind_of(seed: int) -> str:
    """Kinds in rotation, shifted every ten seeds so that each kind meets the repeated tenth seeds too."""
    return KINDS[(seed + seed // 10) % len(KINDS)]


def run_seed(seed: int, dfqueue: str, parent: Path) -> list[str]:
    """The problems of one seed; its folder is kept only if there are any."""
    folder = _folder(parent, seed)
    generate(kind_of(seed), seed, folder)
    problems = _plan_problems(seed, dfqueue, folder)
    if not problems:
        rmtree(folder)
    return problems


def _folder(parent: Path, seed: int) -> Path:
    return parent / f"seed-{seed}-{kind_of(seed)}"


def _plan_problems(seed: int, dfqueue: str, folder: Path) -> list[str]:
    return checked_plan(dfqueue, folder, partial(_repeat_problems, seed, dfqueue) if seed % 10 == 0 else None)


def checked_plan(dfqueue: str, folder: Path, further: Callable[[Path, bytes], list[str]] | None = None) -> list[str]:
    """What is wrong with dfqueue's plan of the unit in a folder, and what a further look at its bytes finds."""
    try:
        text = _plan(dfqueue, folder, "submissions.csv")
        (folder / "plan.json").write_bytes(text)
        problems = _violations(folder, json.loads(text))
        return problems + (further(folder, text) if further else [])
    except (subprocess.SubprocessError, ValueError, PlanError) as error:
        return [f"{type(error).__name__}: {error}"]


class PlanError(Exception):
    """dfqueue did not exit 0, although every row can be read."""


def _plan(dfqueue: str, folder: Path, submissions: str) -> bytes:
    now = (folder / "now").read_text(encoding="utf-8").strip()
    command = [
        dfqueue,
        "plan",
        "--unit",
        folder / "unit.toml",
        "--policy",
        folder / "policy.toml",
        "--submissions",
        folder / submissions,
        "--now",
        now,
        "--json",
    ]
    own_holidays = folder / "bank-holidays.json"
    if own_holidays.exists():
        command += ["--bank-holidays", own_holidays]
    result = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    if result.returncode != 0:
        raise PlanError(f"exit code {result.returncode}: {result.stderr.decode(errors='replace').strip()[-500:]}")
    return result.stdout


def _violations(folder: Path, document) -> list[str]:
    own_holidays = folder / "bank-holidays.json"
    holidays = own_holidays if own_holidays.exists() else SHIPPED_HOLIDAYS
    now = parse_instant((folder / "now").read_text(encoding="utf-8").strip())
    inputs = (folder / "unit.toml", folder / "policy.toml", folder / "submissions.csv")
    return judge(*inputs, holidays, now, document).violations


def _repeat_problems(seed: int, dfqueue: str, folder: Path, text: bytes) -> list[str]:
    problems = []
    if _plan(dfqueue, folder, "submissions.csv") != text:
        problems.append("planned twice: the bytes differ")
    _shuffle_rows(folder / "submissions.csv", folder / "shuffled.csv", seed)
    if _in_order(json.loads(_plan(dfqueue, folder, "shuffled.csv"))) != _in_order(json.loads(text)):
        problems.append("rows shuffled: the plan differs")
    return problems


def _shuffle_rows(source: Path, target: Path, seed: int) -> None:
    """No generated field holds a line break, so a line is a row."""
    header, *rows = source.read_bytes().splitlines(keepends=True)
    Random(seed).shuffle(rows)
    target.write_bytes(header + b"".join(rows))


def _in_order(plan: dict) -> dict:
    """The plan with its lines sorted: in which order they are printed is left open."""
    return {
        key: sorted(value, key=lambda line: json.dumps(line, sort_keys=True)) if isinstance(value, list) else value
        for key, value in plan.items()
    }


def main() -> int:
    arguments = _arguments()
    parent = Path(tempfile.mkdtemp(prefix="dfqueue-contract-"))
    failed = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        work = partial(run_seed, dfqueue=arguments.dfqueue, parent=parent)
        for seed, problems in zip(arguments.seeds, pool.map(work, arguments.seeds)):
            if problems:
                failed += 1
                print(f"seed {seed} ({kind_of(seed)}): {len(problems)} problems, kept in {_folder(parent, seed)}")
                for problem in problems[:SHOWN_VIOLATIONS]:
                    print(f"  {problem}", flush=True)
    if not failed:
        rmtree(parent)
    print(f"{len(arguments.seeds) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check dfqueue's plans of random units.")
    parser.add_argument("--dfqueue", required=True, help="path of the binary")
    parser.add_argument("--seeds", type=_seeds, required=True, metavar="A..B", help="both included")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def _seeds(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last) + 1)


if __name__ == "__main__":
    sys.exit(main())
