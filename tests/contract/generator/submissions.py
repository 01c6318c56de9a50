"""Random submissions: gates in every state, dates before and after now, staged cases, rows nothing matches."""

import csv
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .policies import DEVICES, OFFENCES, RISKS
from .setting import Setting

_REQUIRED = ("force", "crime_ref", "exhibit_ref", "oic", "offence", "owner", "device", "taken_at", "site")
_OPTIONAL = (
    "request",
    "team",
    "make",
    "model",
    "storage_gb",
    "lock_state",
    "delivered_at",
    "return_site",
    "owner_present_until",
    "trip",
    "level",
    "scope",
    "scope_from",
    "scope_to",
    "agreement_at",
    "notice_at",
    "legal_basis",
    "authorised_by",
    "authorised_at",
    "return_authorised_by",
    "custody_expires_at",
    "bail_at",
    "court_at",
    "evidence_fades_at",
    "risk",
    "repeat_suspect",
    "life_at_risk",
    "case_rank",
)

_LOCK_STATES = ["unlocked"] * 6 + ["pin_held"] * 14 + ["afu", "bfu", "encrypted", "unknown", ""]

_DAY = 24 * 60


def make_submissions(setting: Setting, sites: list[str]) -> list[dict[str, str]]:
    """Cases of one to four exhibits until there are enough; now and then a second request for an exhibit."""
    rows: list[dict[str, str]] = []
    wanted = setting.rng.randint(*setting.size.submissions)
    while len(rows) < wanted:
        rows += _case(setting, sites, len(rows))
    rows = rows[:wanted]
    if setting.chance(30):
        rows.append(rows[0] | {"request": "2", "case_rank": ""})
    return rows


def _case(setting: Setting, sites: list[str], number: int) -> list[dict[str, str]]:
    rng = setting.rng
    crime = {
        "force": rng.choice(("Northshire", "Southshire", "Dyfed-Ŵysg")),
        "crime_ref": f"NS/2026/{10000 + number}",
        "oic": f"DC {rng.randint(100, 999)}",
        "team": "CID, North",
        "offence": _any_case(setting, rng.choice(OFFENCES[:3] + OFFENCES)),
        "site": rng.choice(sites),
    }
    exhibits = rng.choice((1, 1, 1, 2, 3, 4))
    ranked = exhibits > 1 and setting.chance(60)
    rows = []
    for index in range(exhibits):
        row = crime | {"exhibit_ref": f"{rng.choice(('AB', 'CD', 'Ée'))}/{number + index}"} | _exhibit(setting, sites)
        row["case_rank"] = str(rng.randint(1, 3)) if ranked and setting.chance(85) else ""
        rows.append(row)
    return rows


def _exhibit(setting: Setting, sites: list[str]) -> dict[str, str]:
    rng = setting.rng
    owner = rng.choice(("victim", "victim", "victim", "witness", "suspect", "suspect", "suspect", "other"))
    taken = setting.near_now(2 * _DAY if owner == "victim" else 20 * _DAY, 0)
    return (
        {
            "owner": _any_case(setting, owner),
            "device": _any_case(setting, rng.choice(["phone"] * 9 + DEVICES)),
            "make": rng.choice(("", "Apple", 'Fair "one", phone')),
            "storage_gb": rng.choice(("", "0", "64", "128", "256", "513")),
            "lock_state": rng.choice(_LOCK_STATES),
            "taken_at": _instant(setting, taken),
            "level": rng.choice(("", "1", "1", "1", "1", "1", "2", "2", "3")),
            "scope": rng.choice(("", "messages;photos", "full image")),
            "scope_from": rng.choice(("", "2026-01-01")),
            "legal_basis": rng.choice(["PACE s.19"] * 7 + [""]),
            "risk": rng.choice(["", "", "", *RISKS]),
            "repeat_suspect": rng.choice(("", "true", "false")),
            "life_at_risk": "true" if setting.chance(6) else rng.choice(("", "false")),
        }
        | _gates(setting, taken)
        | _return(setting, sites)
        | _dates(setting)
    )


def _any_case(setting: Setting, word: str) -> str:
    """Case is ignored."""
    return setting.rng.choice((word, word, word, word.upper(), word.capitalize()))


def _instant(setting: Setting, moment: datetime) -> str:
    """RFC 3339, with Z or one of several offsets."""
    hours = setting.rng.choice((None, None, 0, 1, -5))
    if hours is None:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.astimezone(timezone(timedelta(hours=hours))).isoformat()


def _gates(setting: Setting, taken: datetime) -> dict[str, str]:
    """Mostly all met; else one of them is empty or comes after now."""
    gates = {column: _met(setting, taken) for column in ("delivered_at", "agreement_at", "notice_at", "authorised_at")}
    if setting.chance(25):
        gates[setting.rng.choice(sorted(gates))] = _not_met(setting)
    return gates | {"authorised_by": setting.rng.choice(("DS 1180", ""))}


def _met(setting: Setting, taken: datetime) -> str:
    """Between taking and now, both included."""
    if setting.chance(5):
        return _instant(setting, setting.now)
    elapsed = int((setting.now - taken).total_seconds())
    return _instant(setting, taken + timedelta(seconds=setting.rng.randint(0, elapsed)))


def _not_met(setting: Setting) -> str:
    """Empty, one second after now, or well after."""
    later = _instant(setting, setting.now + timedelta(seconds=1)), _instant(setting, setting.near_now(-1, 3 * _DAY))
    return setting.rng.choice(("", *later))


def _return(setting: Setting, sites: list[str]) -> dict[str, str]:
    """Owners who wait until before or after now; trips up to longer than any usual return window."""
    rng = setting.rng
    row = {"return_site": rng.choice(sites) if setting.chance(25) else "", "owner_present_until": "", "trip": ""}
    if setting.chance(40):
        row["owner_present_until"] = _instant(setting, setting.near_now(60, 60 * 60))
    if setting.chance(25):
        row["trip"] = rng.choice(("20m", "47m13s", "1h30m", "4h", "16h", "26h"))
    return row


def _dates(setting: Setting) -> dict[str, str]:
    """Dates with promises that run, have ended, or do not apply yet."""
    columns = {
        "custody_expires_at": 2 * _DAY,
        "bail_at": 40 * _DAY,
        "court_at": 110 * _DAY,
        "evidence_fades_at": 3 * _DAY,
    }
    return {
        column: _instant(setting, setting.near_now(_DAY, reach)) if setting.chance(20) else ""
        for column, reach in columns.items()
    }


def write_submissions(setting: Setting, rows: list[dict[str, str]], path: Path) -> None:
    """Columns in any order, empty optional ones sometimes left out; sometimes with BOM, CRLF, or parts of
    a key that are padded and not in NFC."""
    used = [column for column in _OPTIONAL if any(row.get(column) for row in rows) or setting.chance(50)]
    columns = [*_REQUIRED, *used]
    setting.rng.shuffle(columns)
    if setting.chance(30):
        rows[0] |= {part: f" {unicodedata.normalize('NFD', rows[0][part])} " for part in ("force", "exhibit_ref")}
    encoding = "utf-8-sig" if setting.chance(20) else "utf-8"
    with open(path, "w", encoding=encoding, newline="") as file:
        end = setting.rng.choice(("\n", "\r\n"))
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
