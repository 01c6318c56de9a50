"""Random establishments: sites, travel, calendars with every awkward shape, resources with lapsing dates."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import combinations

from .setting import Setting
from .toml_text import Inline

# A calendar each: shifts, nights, round the clock, wrapping days, split, touching, overlapping, across and inside
# the clock-change gap, scarce, and never open.
_OPENINGS = (
    ["Mon-Fri 08:00-18:00", "Sat 09:00-13:00"],
    ["Mon-Sun 07:00-22:00"],
    ["Mon-Fri 22:00-06:00", "Sat-Mon 00:00-24:00"],
    ["Mon-Sun 00:00-24:00"],
    ["Mon-Sun 09:00-09:00"],
    ["Mon-Fri 08:00-12:00", "Mon-Fri 13:00-17:30"],
    ["Mon-Sat 08:00-12:00", "Mon-Sat 12:00-16:00"],
    ["Mon-Fri 07:00-15:00", "Wed-Sun 14:00-22:00"],
    ["Fri-Mon 20:00-04:00"],
    ["Sun 01:15-01:45", "Sat-Sun 01:30-09:00", "Mon-Fri 10:00-16:00"],
    ["Sat 22:00-01:30", "Sun 02:00-10:00", "Mon-Fri 09:00-17:00"],
    ["Mon-Sun 23:30-00:30", "Tue-Thu 11:00-19:00"],
    ["Wed 10:00-13:00"],
    [],
)
_USUAL = 8  # the first of them, from which most calendars are drawn
_AROUND_CLOCK_CHANGE = (9, 10)

_RETURNS = (
    ["Mon-Sun 08:00-21:00"],
    ["Mon-Fri 08:00-20:00", "Sat-Sun 09:00-17:00"],
    ["Mon-Fri 09:00-10:00", "Mon-Fri 10:00-11:30"],
    ["Mon-Sun 00:00-24:00"],
    ["Sat-Mon 22:30-02:15", "Tue-Fri 12:00-14:00"],
    ["Sun 00:30-01:30", "Tue 10:00-16:00"],
)

_STAGES_OF_KIND = {
    "kiosk": ["extract"],
    "van": ["extract", "prepare"],
    "operator": ["prepare", "verify"],
    "dmi": ["triage", "verify", "review"],
    "lab": ["extract"],
    "examiner": ["prepare", "verify", "review", "analyse", "report", "peer_review"],
}
_SPEEDS = ("0.33", "0.5", "0.6", "0.7", "0.75", "0.99", "1.0", "1.25", "2.0")


def make_unit(setting: Setting, devices: list[str]) -> dict:
    sites = [_site(setting, f"site-{i}") for i in range(setting.rng.randint(*setting.size.sites))]
    calendars = _calendars(setting)
    document = {
        "unit": {
            "version": "2026-11-01",
            "name": f"Synthetic unit {setting.kind} {setting.seed}",
            "time_zone": setting.zone,
            "bank_holidays": "england-and-wales",
            "travel_default": setting.duration(20, 120),
            "to_site": "90m",
        },
        "site": sites,
        "calendar": calendars,
        "resource": _resources(setting, [site["id"] for site in sites], [c["id"] for c in calendars], devices),
    }
    roads = [
        {"between": [one["id"], other["id"]], "takes": setting.duration(5, 150)}
        for one, other in combinations(sites, 2)
        if setting.chance(60)
    ]
    return document | ({"travel": roads} if roads else {})


def _site(setting: Setting, name: str) -> dict:
    site = {
        "id": name,
        "name": f"Police station {name}",
        "returns": setting.rng.choice(_RETURNS),
        "to_owner": setting.duration(10, 80),
    }
    return site | _holidays(setting)


def _holidays(setting: Setting) -> dict:
    """`open` is the default, written or not."""
    return setting.rng.choice(({}, {"bank_holidays": "open"}, {"bank_holidays": "closed"}))


def _calendars(setting: Setting) -> list[dict]:
    """`days` always exists: promises count working time in it."""
    usual = setting.rng.sample(range(1, _USUAL), 3)
    awkward = setting.rng.sample(range(_USUAL, len(_OPENINGS)), 2)
    if setting.kind.startswith("dst"):
        awkward += [i for i in _AROUND_CLOCK_CHANGE if i not in awkward]
    days = {"id": "days", "open": _OPENINGS[0]} | _holidays(setting)
    return [days] + [{"id": f"calendar-{i}", "open": _OPENINGS[i]} | _holidays(setting) for i in usual + awkward]


def _resources(setting: Setting, sites: list[str], calendars: list[str], devices: list[str]) -> list[dict]:
    count = setting.rng.randint(*setting.size.resources)
    kinds = setting.rng.sample(sorted(_STAGES_OF_KIND), min(count, len(_STAGES_OF_KIND)))
    kinds += setting.rng.choices(sorted(_STAGES_OF_KIND), k=count - len(kinds))
    return [_resource(setting, f"{kind}-{i}", kind, sites, calendars, devices) for i, kind in enumerate(kinds)]


def _resource(
    setting: Setting, name: str, kind: str, sites: list[str], calendars: list[str], devices: list[str]
) -> dict:
    rng = setting.rng
    stages = _STAGES_OF_KIND[kind]
    resource = {
        "id": name,
        "kind": kind,
        "site": rng.choice(sites),
        "calendar": rng.choice(calendars[:4] * 4 + calendars[4:]),
        "stages": stages if setting.chance(85) else sorted(rng.sample(stages, rng.randint(1, len(stages)))),
        "levels": rng.choice(([1], [1, 2], [1, 2, 3], [1, 2, 3], [1, 2, 3], [2, 3])),
    }
    if setting.chance(50):
        resource["slots"] = rng.randint(1, 3)
    if setting.chance(15):
        resource["devices"] = sorted({"phone", *rng.sample(devices, 4)} - {rng.choice(devices)})
    if setting.chance(60):
        resource["speed"] = Decimal(rng.choice(_SPEEDS))
    if setting.chance(55 if setting.kind == "tight" else 20):
        last_day = setting.near_now(2 * 24 * 60, 6 * 24 * 60).date()
        resource["validated_until" if kind in ("kiosk", "van", "lab") else "competent_until"] = last_day
    if setting.chance(60 if setting.kind == "tight" else 30):
        resource["closed"] = _closed(setting)
    return resource


def _closed(setting: Setting) -> list[Inline]:
    """Periods around now; each next one may overlap or touch the one before; edges on the hour meet window edges."""
    rng = setting.rng
    periods, start = [], _on_the_hour(setting.near_now(24 * 60, 48 * 60))
    for _ in range(rng.randint(1, 3)):
        length = timedelta(minutes=rng.choice((30, 61, 240, 600, 1440, 7200, 20000)))
        end = start + length
        periods.append(Inline({"from": _with_some_offset(setting, start), "until": end, "reason": "maintenance"}))
        start = rng.choice((end, end - length / 2, end + timedelta(minutes=rng.randint(1, 900))))
        start = start.replace(microsecond=0)
    rng.shuffle(periods)
    return periods


def _on_the_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0)


def _with_some_offset(setting: Setting, moment: datetime) -> datetime:
    hours = setting.rng.choice((0, 0, 1, -5))
    return moment.astimezone(timezone(timedelta(hours=hours)))
