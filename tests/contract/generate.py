"""Writes a random unit inside the contract: unit.toml, policy.toml, submissions.csv, now, and for some seeds a
bank-holidays.json of its own. The same seed and kind write the same bytes.

    python3 generate.py --seed K OUTDIR [--kind plain|dst-spring|dst-autumn|christmas|tight|big]
"""

import argparse
import json
from datetime import timedelta
from pathlib import Path

from generator.policies import DEVICES, make_policy
from generator.setting import KINDS, Setting, make_setting
from generator.submissions import make_submissions, write_submissions
from generator.toml_text import write
from generator.units import make_unit


def generate(kind: str, seed: int, folder: Path) -> None:
    setting = make_setting(kind, seed)
    folder.mkdir(parents=True, exist_ok=True)
    unit = make_unit(setting, DEVICES)
    policy = make_policy(setting)
    rows = make_submissions(setting, [site["id"] for site in unit["site"]])
    _write(folder / "unit.toml", write(unit))
    _write(folder / "policy.toml", write(policy))
    write_submissions(setting, rows, folder / "submissions.csv")
    _write(folder / "now", setting.now.strftime("%Y-%m-%dT%H:%M:%SZ\n"))
    if setting.chance(30):
        _write(folder / "bank-holidays.json", json.dumps(_own_holidays(setting), indent=1))


def _own_holidays(setting: Setting) -> dict:
    """Holidays right around now, which the file compiled into dfqueue does not know."""
    days = sorted({(setting.now + timedelta(days=setting.rng.randint(-1, 6))).date() for _ in range(3)})
    events = [{"title": "Holiday", "date": day.isoformat(), "notes": "", "bunting": False} for day in days]
    return {"england-and-wales": {"division": "england-and-wales", "events": events}}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a random unit.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("folder", type=Path, metavar="OUTDIR")
    parser.add_argument("--kind", choices=KINDS, default="plain")
    arguments = parser.parse_args()
    generate(arguments.kind, arguments.seed, arguments.folder)


if __name__ == "__main__":
    main()
