"""Reads unit.toml, policy.toml, submissions.csv and the bank-holiday file."""

import csv
import json
import tomllib
import unicodedata
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from .calendars import Opening
from .instants import from_datetime, parse_duration, parse_instant
from .model import Calendar, Policy, Promise, Resource, Route, Site, Stage, Submission, Unit, fold

INSTANT_COLUMNS = (
    "taken_at",
    "delivered_at",
    "owner_present_until",
    "agreement_at",
    "notice_at",
    "authorised_at",
    "custody_expires_at",
    "bail_at",
    "court_at",
    "evidence_fades_at",
)
WORD_COLUMNS = ("offence", "owner", "device", "risk", "force", "team", "site", "lock_state")


def read_toml(path: Path) -> dict:
    """Speeds are decimals, never floats."""
    with open(path, "rb") as file:
        return tomllib.load(file, parse_float=Decimal)


def read_holidays(path: Path, division: str) -> frozenset[date]:
    """The GOV.UK format; a date the file does not list is none."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return frozenset(date.fromisoformat(event["date"]) for event in document[division]["events"])


def read_unit(path: Path) -> Unit:
    document = read_toml(path)
    unit = document["unit"]
    return Unit(
        zone=ZoneInfo(unit["time_zone"]),
        division=unit["bank_holidays"],
        travel_default=parse_duration(unit["travel_default"]),
        sites={site["id"]: _site(site) for site in document["site"]},
        travel={frozenset(road["between"]): parse_duration(road["takes"]) for road in document.get("travel", [])},
        calendars={entry["id"]: _calendar(entry, "open") for entry in document["calendar"]},
        resources={entry["id"]: _resource(entry) for entry in document["resource"]},
    )


def _site(entry: dict) -> Site:
    return Site(entry["id"], _calendar(entry, "returns"), parse_duration(entry["to_owner"]))


def _calendar(entry: dict, openings_key: str) -> Calendar:
    openings = tuple(Opening.parse(text) for text in entry[openings_key])
    return Calendar(openings, entry.get("bank_holidays", "open") == "closed")


def _resource(entry: dict) -> Resource:
    last_days = [entry[key] for key in ("validated_until", "competent_until") if key in entry]
    return Resource(
        id=entry["id"],
        kind=entry["kind"],
        site=entry["site"],
        calendar=entry["calendar"],
        slots=entry.get("slots", 1),
        stages=frozenset(entry["stages"]),
        levels=frozenset(entry["levels"]),
        devices=frozenset(map(fold, entry["devices"])) if "devices" in entry else None,
        last_day=min(last_days, default=None),
        speed=Fraction(entry.get("speed", 1)),
        closed=tuple((from_datetime(c["from"]), from_datetime(c["until"])) for c in entry.get("closed", [])),
    )


def read_policy(path: Path) -> Policy:
    document = read_toml(path)
    return Policy(
        promises=tuple(_promise(entry) for entry in document["promise"]),
        routes=tuple(_route(entry) for entry in document["route"]),
        typical_storage_gb=document["guard"]["typical_storage_gb"],
    )


def _promise(entry: dict) -> Promise:
    working = entry.get("counts", "elapsed") == "working"
    return Promise(
        name=entry["name"],
        when=entry.get("when", {}),
        milestone=entry["milestone"],
        tier=entry["tier"],
        since=entry.get("from"),
        within=_optional_duration(entry, "within"),
        by=entry.get("by"),
        before=_optional_duration(entry, "before") or 0,
        applies_within=_optional_duration(entry, "applies_within"),
        working_calendar=entry["calendar"] if working else None,
    )


def _optional_duration(entry: dict, key: str) -> int | None:
    return parse_duration(entry[key]) if key in entry else None


def _route(entry: dict) -> Route:
    stages, previous = {}, ()
    for stage in entry["stage"]:
        stages[stage["name"]] = _stage(stage, previous)
        previous = (stage["name"],)
    return Route(entry["name"], entry.get("when", {}), tuple(entry.get("gates", ())), stages)


def _stage(entry: dict, previous: tuple[str, ...]) -> Stage:
    """Policy: stages follow the one before unless `after` says otherwise; the three flags default to false."""
    takes = entry.get("takes", {})
    return Stage(
        name=entry["name"],
        kinds=frozenset(entry.get("by", ())),
        attended=entry.get("attended", False),
        holds_device=entry.get("holds_device", False),
        returns_device=entry.get("returns_device", False),
        base=parse_duration(takes.get("base", "0s")),
        per_gb=parse_duration(takes.get("per_gb", "0s")),
        after=tuple(entry.get("after", previous)),
        same_person_as=entry.get("same_person_as"),
        different_person_from=tuple(entry.get("different_person_from", ())),
    )


def read_submissions(path: Path) -> list[Submission]:
    """RFC 4180, UTF-8, BOM and CRLF accepted, columns in any order, absent ones empty."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return [_submission(row) for row in csv.DictReader(file)]


def _submission(row: dict[str, str]) -> Submission:
    def get(column: str) -> str:
        return (row.get(column) or "").strip()

    reference = [_reference(get(column)) for column in ("force", "crime_ref", "exhibit_ref")]
    words = {column: fold(get(column)) for column in WORD_COLUMNS}
    words |= {column: get(column) == "true" for column in ("repeat_suspect", "life_at_risk")}
    words["level"] = int(get("level") or 1)
    return Submission(
        key="|".join([*reference, str(int(get("request") or 1))]),
        case=(reference[0], reference[1]),
        words=words,
        instants={column: parse_instant(get(column)) if get(column) else None for column in INSTANT_COLUMNS},
        site=get("site"),
        home=get("return_site") or get("site"),
        trip=parse_duration(get("trip")) if get("trip") else None,
        storage_gb=int(get("storage_gb")) if get("storage_gb") else None,
        legal_basis=get("legal_basis"),
        case_rank=int(get("case_rank")) if get("case_rank") else None,
    )


def _reference(text: str) -> str:
    """Interfaces: parts of the key are trimmed and NFC."""
    return unicodedata.normalize("NFC", text)
