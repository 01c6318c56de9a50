"""Verifies a `dfqueue plan --json` against its inputs, sharing no code with the planner.

    python3 checker.py UNIT.toml POLICY.toml SUBMISSIONS.csv NOW PLAN.json [--bank-holidays F]

Prints one line per violation, then `N checks, M violations`; exits 1 if there is any.
"""

import argparse
import json
import sys
from pathlib import Path

from oracle.instants import parse_instant
from oracle.verdict import judge

SHIPPED_HOLIDAYS = Path(__file__).with_name("bank-holidays.json")


def main() -> int:
    arguments = _arguments()
    document = json.loads(arguments.plan.read_text(encoding="utf-8"))
    report = judge(
        arguments.unit, arguments.policy, arguments.submissions, arguments.bank_holidays, arguments.now, document
    )
    for line in report.violations:
        print(line)
    print(report.summary())
    return 1 if report.violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Verify a dfqueue plan.")
    for name in ("unit", "policy", "submissions"):
        parser.add_argument(name, type=Path)
    parser.add_argument("now", type=parse_instant)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--bank-holidays", type=Path, default=SHIPPED_HOLIDAYS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
