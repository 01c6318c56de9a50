"""Lets dfqueue plan around every London clock change from 2026 to 2037 and over each Christmas, and has each plan checked.

    python3 clock_changes.py --dfqueue PATH [--jobs 2]

The oracle compiles hours and deadlines with Python's zoneinfo. One phone is due in each minute from three hours before to
three hours after a clock change, and in each quarter of an hour of the days around Christmas. Sites hand devices
back, and people work, at hours that begin, end or lie within the hour that is skipped or comes twice. Prints each night that
fails with its first violations, keeps its folder, and ends with `N passed, M failed`.
"""

import argparse
import csv
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy, rmtree
from zoneinfo import ZoneInfo

from generator.toml_text import write
from run import SHOWN_VIOLATIONS, checked_plan

LONDON = ZoneInfo("Europe/London")
YEARS = range(2026, 2038)
EXAMPLE = Path(__file__).with_name("example")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# By site: around the skipped hour and the one that comes twice; through the night; by day.
_RETURNS = {
    "hq": ["Sun 00:30-01:30", "Sun 02:00-02:20", "Mon-Sat 09:00-17:00"],
    "north": ["Fri-Sun 22:30-02:15", "Tue-Thu 12:00-14:00"],
    "south": ["Mon-Sun 08:00-21:00"],
}
_CALENDARS = {
    "days": (["Mon-Fri 08:00-18:00"], "closed"),
    "nights": (["Sat 22:00-01:30", "Sun 02:00-10:00", "Mon-Fri 22:00-06:00"], "open"),
    "gap": (["Sun 01:15-01:45", "Sat-Sun 01:30-09:00", "Mon-Fri 10:00-16:00"], "open"),
    "always": (["Mon-Sun 00:00-24:00"], "open"),
}
_RESOURCES = (
    ("kiosk", "kiosk", "always", ["extract"]),
    ("operator-nights", "operator", "nights", ["prepare", "verify"]),
    ("operator-gap", "operator", "gap", ["prepare", "verify"]),
    ("dmi", "dmi", "days", ["triage", "review"]),
)


def clock_changes() -> list[tuple[str, list[datetime]]]:
    """Each night on which clocks change, and the minutes around it."""
    nights = []
    for year in YEARS:
        hour = datetime(year, 1, 1, tzinfo=UTC)
        while hour.year == year:
            if _offset(hour) != _offset(hour + HOUR):
                change = hour + HOUR
                nights.append((f"{change:%Y-%m-%d}", [change + minute * MINUTE for minute in range(-180, 181)]))
            hour += HOUR
    assert len(nights) == 2 * len(YEARS), nights
    return nights


def christmases() -> list[tuple[str, list[datetime]]]:
    """The days around each Christmas, and the quarters of an hour of each, all taken before the first of them is due."""
    days = [datetime(year, 12, day, tzinfo=UTC) for year in YEARS for day in range(24, 29)]
    return [(f"{day:%Y-%m-%d}", [day + quarter * 15 * MINUTE for quarter in range(23 * 4)]) for day in days]


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _offset(instant: datetime) -> timedelta | None:
    return instant.astimezone(LONDON).utcoffset()


def write_case(dues: list[datetime], folder: Path) -> None:
    """A unit, and a victim's phone due at each of these instants, as seen an hour before the first is due."""
    folder.mkdir(parents=True)
    (folder / "unit.toml").write_text(write(_unit()), encoding="utf-8")
    copy(EXAMPLE / "policy.toml", folder / "policy.toml")
    now = dues[0] - HOUR
    (folder / "now").write_text(f"{_text(now)}\n", encoding="utf-8")
    (folder / "bank-holidays.json").write_text(json.dumps(_holidays(dues[0].year)), encoding="utf-8")
    with (folder / "submissions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, list(_phone(0, now)))
        rows.writeheader()
        rows.writerows(_phone(number, due - DAY) for number, due in enumerate(dues))


def _phone(number: int, taken_at: datetime) -> dict[str, str]:
    taken = _text(taken_at)
    return {
        "force": "Northshire",
        "crime_ref": f"NS/{number}",
        "exhibit_ref": "AB/1",
        "oic": "DC 1",
        "offence": "rasso",
        "owner": "victim",
        "device": "phone",
        "lock_state": "unlocked",
        "taken_at": taken,
        "site": list(_RETURNS)[number % len(_RETURNS)],
        "delivered_at": taken,
        "level": "1",
        "agreement_at": taken,
        "notice_at": taken,
        "authorised_at": taken,
    }


def _unit() -> dict:
    return {
        "unit": {
            "version": "2026-11-01",
            "name": "Synthetic unit around a clock change",
            "time_zone": "Europe/London",
            "bank_holidays": "england-and-wales",
            "travel_default": "40m",
            "to_site": "90m",
        },
        "site": [
            {"id": site, "name": f"Police station {site}", "returns": returns, "to_owner": "25m"}
            for site, returns in _RETURNS.items()
        ],
        "calendar": [
            {"id": name, "open": hours, "bank_holidays": holidays} for name, (hours, holidays) in _CALENDARS.items()
        ],
        "resource": [
            {"id": f"{name}-{site}", "kind": kind, "site": site, "calendar": hours, "slots": 3, "stages": stages, "levels": [1]}
            for site in _RETURNS
            for name, kind, hours, stages in _RESOURCES
        ],
    }


def _holidays(year: int) -> dict:
    """Those of the turn of a year, as they fall: the ones in lieu matter to no rule."""
    days = [f"{year}-12-25", f"{year}-12-26", f"{year + 1}-01-01"]
    events = [{"title": "Holiday", "date": day, "notes": "", "bunting": False} for day in days]
    return {"england-and-wales": {"division": "england-and-wales", "events": events}}


def problems_of(night: tuple[str, list[datetime]], dfqueue: str, parent: Path) -> list[str]:
    """What is wrong with the plan of one night; its folder is kept only if there is anything."""
    name, dues = night
    write_case(dues, parent / name)
    problems = checked_plan(dfqueue, parent / name)
    if not problems:
        rmtree(parent / name)
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Check dfqueue's plans around clock changes and over Christmas.")
    parser.add_argument("--dfqueue", required=True, help="path of the binary")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    parent = Path(tempfile.mkdtemp(prefix="dfqueue-clock-changes-"))
    nights = clock_changes() + christmases()
    failed = 0
    with ProcessPoolExecutor(arguments.jobs) as pool:
        work = partial(problems_of, dfqueue=arguments.dfqueue, parent=parent)
        for (name, _), problems in zip(nights, pool.map(work, nights)):
            if problems:
                failed += 1
                print(f"{name}: {len(problems)} problems, kept in {parent / name}")
                for problem in problems[:SHOWN_VIOLATIONS]:
                    print(f"  {problem}", flush=True)
    if not failed:
        rmtree(parent)
    print(f"{len(nights) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
