#!/usr/bin/env python3
"""Writes the example's open submissions: submissions.csv, one row an exhibit.

    python3 config/example/generate.py --seed 1 --now 2026-11-23T09:30:00Z > config/example/submissions.csv

Synthetic throughout: no row is, or was made from, a real case. The shape is that of an average unit's open queue,
seen at `--now`, for the sites of ../unit.toml and the words of ../policy.toml:

* a small cast that is always there (`cast`), so that the example shows each state worth showing: victims' phones in
  hand with every gate met, and with each gate shut; two past their 24 hours; owners who wait; a prisoner's phone;
  a life at risk;
* victims' other devices and witnesses' devices, a few days old at most;
* RASSO suspects' cases of one to four devices, and the rest, until there are `--rows`. What a kiosk can do is young
  unless a gate is shut; what needs the lab is old, up to 150 days: of 450 rows some 180 are for the lab, eight weeks
  of its work.

Same arguments, same bytes, whatever the version of Python 3: only random.Random.random() is used, whose sequence
Python promises to keep. Needs Python 3.9 and nothing but its standard library.
"""

import argparse
import csv
import io
import random
import sys
from datetime import datetime, timedelta, timezone

COLUMNS = (
    "force,crime_ref,exhibit_ref,request,oic,team,offence,owner,device,make,model,storage_gb,lock_state,taken_at,site,"
    "delivered_at,return_site,owner_present_until,trip,level,scope,scope_from,scope_to,agreement_at,notice_at,"
    "legal_basis,authorised_by,authorised_at,return_authorised_by,custody_expires_at,bail_at,court_at,"
    "evidence_fades_at,risk,repeat_suspect,life_at_risk,case_rank"
).split(",")

OLDEST = timedelta(days=150)

# Weights, as everywhere below: value -> parts. Those of devices are the mix that units report.
DEVICES = {
    "phone": 58, "laptop": 9, "drive": 9, "tablet": 7,
    "sim": 6, "memory_card": 5, "other": 3, "cloud_account": 2, "vehicle": 1,
}
MODELS = {
    "phone": {
        ("Apple", "iPhone 12"): 4, ("Apple", "iPhone 13"): 6, ("Apple", "iPhone 14"): 6, ("Apple", "iPhone 15"): 5,
        ("Apple", "iPhone SE"): 3, ("Samsung", "Galaxy S21"): 4, ("Samsung", "Galaxy S23"): 5,
        ("Samsung", "Galaxy A14"): 6, ("Samsung", "Galaxy A54"): 4, ("Google", "Pixel 7"): 2, ("Google", "Pixel 8"): 2,
        ("Motorola", "Moto G"): 2, ("Huawei", "P30"): 2, ("OnePlus", "Nord"): 1, ("", ""): 2,
    },
    "tablet": {("Apple", "iPad"): 5, ("Samsung", "Galaxy Tab A8"): 3, ("Amazon", "Fire HD"): 2},
    "laptop": {("Dell", "Latitude"): 3, ("HP", "Pavilion"): 3, ("Apple", "MacBook Air"): 2, ("Lenovo", "IdeaPad"): 3},
    "drive": {("Seagate", "portable"): 3, ("WD", "Elements"): 3, ("SanDisk", "USB stick"): 2, ("Crucial", "SSD"): 1},
    "sim": {("", ""): 1},
    "memory_card": {("SanDisk", "microSD"): 2, ("Samsung", "microSD"): 1},
    "other": {("Nintendo", "Switch"): 2, ("DJI", "Mini"): 1, ("Garmin", "watch"): 1},
    "cloud_account": {("", ""): 1},
    "vehicle": {("Ford", "infotainment"): 1, ("BMW", "infotainment"): 1},
}
STORAGE_GB = {
    "phone": {64: 3, 128: 8, 256: 6, 512: 3, "": 1},
    "tablet": {64: 4, 128: 3, 256: 2},
    "laptop": {256: 4, 512: 6},
    "drive": {64: 3, 128: 2, 256: 2, 512: 4},
    "sim": {1: 1},
    "memory_card": {64: 3, 128: 2},
    "other": {64: 2, "": 1},
    "cloud_account": {"": 1},
    "vehicle": {64: 1},
}
# By level: a kiosk's submission should have its PIN (the rest wait for it); the lab takes what is locked.
LOCKS_PHONE = {
    1: {"pin_held": 66, "unlocked": 25, "afu": 3, "bfu": 3, "unknown": 2, "": 1},
    2: {"afu": 36, "bfu": 24, "pin_held": 24, "unlocked": 6, "unknown": 10},
}
LOCKS_DISK = {
    1: {"unlocked": 75, "pin_held": 12, "encrypted": 10, "unknown": 3},
    2: {"unlocked": 45, "encrypted": 48, "unknown": 7},
}
LOCKS_PLAIN = {1: {"unlocked": 1}, 2: {"unlocked": 1}}
LOCKS = {
    "phone": LOCKS_PHONE, "tablet": LOCKS_PHONE, "laptop": LOCKS_DISK, "drive": LOCKS_DISK,
    "cloud_account": {1: {"pin_held": 3, "unknown": 1}, 2: {"pin_held": 3, "unknown": 1}},
}
SCOPES = {
    1: {"messages": 5, "messages;photos": 6, "messages;call log": 3, "photos;videos": 2, "messages;photos;location": 2},
    2: {"full file system": 6, "app data;location": 2, "deleted messages;app data": 2},
}
SITES = {
    "Northshire": {"hq": 20, "custody": 18, "north": 17, "east": 15, "west": 9, "harbour": 9, "moor": 6, "vale": 6},
    "Southshire": {"south": 9, "hq": 1},
}
OFFENCES = {  # of the rest; RASSO has its own share
    "drugs": 22, "violence": 17, "domestic_abuse": 15, "iioc": 15, "fraud": 11, "theft": 9, "murder": 4, "other": 7,
}
TEAMS = {
    "rasso": "RASSO", "iioc": "Online Child Abuse", "murder": "Major Crime", "fraud": "Economic Crime",
    "domestic_abuse": "Domestic Abuse",
}
RISKS = {"iioc": ("child_at_risk", 0.6), "domestic_abuse": ("adult_at_risk", 0.4), "violence": ("serious_harm", 0.2)}
LEGAL_BASIS = {"PACE s.19": 9, "PACE s.18": 3, "PACE s.32": 4, "search warrant": 4, "": 1}


class Chance:
    """Seeded chance, built on Random.random() alone."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def hit(self, probability):
        return self._random.random() < probability

    def whole(self, low, high):
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, weights):
        """A key of `weights`, as often as its parts say."""
        at = self._random.random() * sum(weights.values())
        for value, parts in weights.items():
            at -= parts
            if at < 0:
                return value
        return value  # the last one: rounding left a crumb

    def decay(self, mean, most):
        """A timedelta that falls off exponentially around `mean`, below `most`."""
        while True:
            # The sum of coin flips of one hour; no logarithm, whose last digit may differ between machines.
            hours, stop = 0, 1.0 / (mean.total_seconds() / 3600)
            while not self.hit(stop):
                hours += 1
            if timedelta(hours=hours) < most:
                return timedelta(hours=hours, minutes=self.whole(0, 59))


class Writer:
    """The rows so far, and what keeps them apart: crime references and exhibit initials."""

    def __init__(self, seed, now):
        self.chance = Chance(seed)
        self.now = now
        self.rows = []
        self._crime_refs = set()

    def case(self, offence, taken, force=None, site=None):
        """The fields that the exhibits of a new case share."""
        chance = self.chance
        force = force or chance.pick({"Northshire": 82, "Southshire": 18})
        site = site or chance.pick(SITES[force])
        south = force == "Southshire"
        area = "South" if south or site in ("west", "vale", "east") else "North"
        team = f"{TEAMS.get(offence, 'CID')} {area}"
        # Crime references rise with time, so that they look their age.
        days = (self.now - taken) // timedelta(hours=1) / 24
        number = int(2100 - days * 6) if south else int(10440 - days * 18)
        while (force, number) in self._crime_refs:
            number -= 1
        self._crime_refs.add((force, number))
        return {
            "force": force,
            "crime_ref": f"SS/{taken:%y}/{number:04}" if south else f"NS/{taken:%Y}/{number:05}",
            "oic": f"DC {chance.whole(40, 99) if south else chance.whole(1850, 2299)}",
            "team": team,
            "offence": offence,
            "site": site,
            "taken_at": taken,
            "authorised_by": f"DS {chance.whole(10, 29) if south else chance.whole(1170, 1215)}",
            "initials": chr(65 + chance.whole(0, 25)) + chr(65 + chance.whole(0, 25)),
        }

    def add(self, case, number, device, level, **fields):
        """Adds one exhibit of a case: what follows from device and level, then whatever `fields` says."""
        chance = self.chance
        make, model = chance.pick(MODELS[device])
        scopes = SCOPES[2] if level > 1 else SCOPES[1]
        row = {key: value for key, value in case.items() if key != "initials"}
        row |= {
            "exhibit_ref": f"{case['initials']}/{number}",
            "request": 1,
            "device": device,
            "make": make,
            "model": model,
            "storage_gb": chance.pick(STORAGE_GB[device]),
            "lock_state": chance.pick(LOCKS.get(device, LOCKS_PLAIN)[min(level, 2)]),
            "level": level,
            "scope": "full image" if level > 1 and device in ("laptop", "drive") else chance.pick(scopes),
            "repeat_suspect": False,
            "life_at_risk": False,
        }
        row |= fields
        if not row.get("authorised_at"):
            row["authorised_by"] = ""
        self.rows.append(row)

    def later(self, start, low, high):
        """An instant `low` to `high` minutes after `start`; empty while that is still to come, or `start` is."""
        at = start and start + timedelta(minutes=self.chance.whole(low, high))
        return at if at and at <= self.now else ""

    def taken(self, age):
        """About `age` ago, to five minutes; rather Saturday to Monday, and rather not in the small hours."""
        while True:
            at = self.now - age
            at -= timedelta(minutes=at.minute % 5, seconds=at.second)
            quiet_day, quiet_hour = at.weekday() in (1, 2, 3, 4), 2 <= at.hour < 7
            if not (quiet_day and self.chance.hit(0.3)) and not (quiet_hour and self.chance.hit(0.75)):
                return at
            age += timedelta(hours=self.chance.whole(1, 9))


def owners_fields(writer, taken, oic):
    """What a victim or witness agreed to: scope dates, agreement, notice, and the way back."""
    agreed = writer.later(taken, 10, 90)
    until = taken.date()
    return {
        "scope_from": until - timedelta(days=writer.chance.whole(7, 120)),
        "scope_to": until,
        "agreement_at": agreed,
        "notice_at": agreed,
        "return_authorised_by": oic if writer.chance.hit(0.6) else "",
    }


def victim_phone(writer, minutes, site, **fields):
    """A victim's phone taken `minutes` ago: every gate met, but for what `fields` takes away. Returns its case."""
    taken = writer.now - timedelta(minutes=minutes)
    force = "Southshire" if site == "south" else "Northshire"
    case = writer.case("rasso", taken, force, site)
    met = {
        "owner": "victim",
        "storage_gb": writer.chance.pick({64: 1, 128: 3, 256: 2}),
        "lock_state": writer.chance.pick({"pin_held": 3, "unlocked": 1}),
        "delivered_at": writer.later(taken, 30, 55),
        **owners_fields(writer, taken, case["oic"]),
        "authorised_at": writer.later(taken, 60, 100),
    }
    writer.add(case, 1, "phone", fields.pop("level", 1), **(met | fields))
    return case


def cast(writer):
    """Those who are always there, so that each state worth showing is shown."""
    now, minutes = writer.now, timedelta(minutes=1)
    # In hand, all gates met: one gets short, one has time.
    victim_phone(writer, 20 * 60, "north")
    reported = victim_phone(writer, 16 * 60, "south")
    # In hand, a gate shut: no PIN; neither agreement nor notice; not authorised; still on its way.
    victim_phone(writer, 11 * 60, "custody", lock_state="afu")
    victim_phone(writer, 9 * 60, "east", agreement_at="", notice_at="")
    victim_phone(writer, 190, "west", authorised_at="")
    victim_phone(writer, 25, "hq", delivered_at="", authorised_at="")
    # Past their 24 hours: nobody was on shift over the weekend; agreed, but the notice was never given.
    victim_phone(writer, 30 * 60, "harbour", trip="1h15m")
    victim_phone(writer, 52 * 60, "vale", notice_at="", level=2, lock_state="pin_held")
    # Owners who wait at the site: a victim, a witness.
    victim_phone(
        writer, 60, "north", delivered_at=now - 60 * minutes, agreement_at=now - 50 * minutes,
        notice_at=now - 50 * minutes, authorised_at=now - 20 * minutes, owner_present_until=now + 180 * minutes,
    )
    case = writer.case("violence", now - 45 * minutes, "Northshire", "hq")
    writer.add(
        case, 1, "phone", 1, owner="witness", lock_state="unlocked", storage_gb=64, delivered_at=now - 45 * minutes,
        scope_from=now.date() - timedelta(days=3), scope_to=now.date(), agreement_at=now - 40 * minutes,
        notice_at=now - 40 * minutes, authorised_at=now - 10 * minutes, owner_present_until=now + 210 * minutes,
    )
    # The suspect of one of those reports, arrested last night: fading evidence, and the phone first.
    arrest = now - timedelta(hours=8)
    for number, device in enumerate(("phone", "laptop", "tablet"), start=2):
        suspect = reported | {"taken_at": arrest}
        writer.add(
            suspect, number, device, 2, owner="suspect", delivered_at=arrest + 70 * minutes, legal_basis="PACE s.32",
            lock_state="encrypted" if device == "laptop" else "afu", authorised_at=arrest + 150 * minutes,
            evidence_fades_at=arrest + timedelta(hours=72) if device == "phone" else "",
            bail_at=arrest + timedelta(days=90), repeat_suspect=True, case_rank=number - 1,
        )
    # In custody: the phone's results are wanted before the detention clock runs out.
    for hours, offence in ((13, "drugs"), (10, "domestic_abuse"), (4, "violence")):
        arrest = now - timedelta(hours=hours)
        case = writer.case(offence, arrest, "Northshire", "custody")
        writer.add(
            case, 1, "phone", 1, owner="suspect", lock_state="pin_held", storage_gb=128, legal_basis="PACE s.32",
            delivered_at=arrest + 50 * minutes, authorised_at=arrest + 110 * minutes,
            custody_expires_at=arrest + timedelta(hours=26),
        )
    # A bail date that passed on Friday: its promise has ended, the submission is still open.
    taken = now - timedelta(days=93)
    case = writer.case("drugs", taken, "Northshire", "east")
    writer.add(
        case, 1, "phone", 2, owner="suspect", lock_state="bfu", delivered_at=taken + timedelta(hours=20),
        legal_basis="search warrant", authorised_at=taken + timedelta(hours=26), bail_at=now - timedelta(days=3),
    )
    # A missing person's laptop.
    case = writer.case("other", now - 100 * minutes, "Northshire", "hq") | {"team": "Missing Persons"}
    writer.add(
        case, 1, "laptop", 2, owner="other", lock_state="encrypted", storage_gb="", scope="chat",
        delivered_at=now - 50 * minutes, legal_basis="consent of family", authorised_at=now - 45 * minutes,
        risk="missing_person", life_at_risk=True,
    )


def victims_and_witnesses(writer, victims, witnesses):
    """Victims' other devices and witnesses' devices: due in days, so none is old."""
    chance = writer.chance
    kinds = {"tablet": 4, "laptop": 3, "sim": 2, "memory_card": 2, "drive": 1}
    for owner in ["victim"] * victims + ["witness"] * witnesses:
        taken = writer.taken(chance.decay(timedelta(hours=30), timedelta(days=8)))
        offence = chance.pick({"rasso": 4, "domestic_abuse": 3, "violence": 3, "fraud": 1})
        case = writer.case(offence, taken)
        device = chance.pick(kinds if owner == "victim" else {"phone": 8, "memory_card": 1, "laptop": 1})
        delivered = writer.later(taken, 45, 600)
        agreement = owners_fields(writer, taken, case["oic"])
        if chance.hit(0.15):
            agreement["notice_at"] = ""
        writer.add(
            case, 1, device, 2 if chance.hit(0.2) else 1, owner=owner, delivered_at=delivered, **agreement,
            authorised_at=writer.later(taken, 90, 900) if chance.hit(0.85) else "",
            return_site="harbour" if case["force"] == "Northshire" and chance.hit(0.15) else "",
        )


def legal_dates(writer, offence, taken):
    """Bail and court dates of a suspect."""
    chance, now = writer.chance, writer.now
    dates = {}
    if chance.hit(0.5 if offence == "rasso" else 0.22):
        bail = taken + timedelta(days=90)
        while bail < now:  # was extended
            bail += timedelta(days=45)
        dates["bail_at"] = bail.replace(hour=10, minute=0)
    elif chance.hit(0.1):
        dates["court_at"] = (now + timedelta(days=chance.whole(12, 150))).replace(hour=10, minute=0)
    return dates


def suspects_case(writer, offence, room):
    """A suspect's case, of at most `room` exhibits: RASSO one to four devices, the rest fewer."""
    chance, now = writer.chance, writer.now
    rasso = offence == "rasso"
    size = min(room, chance.pick({1: 3, 2: 3, 3: 2, 4: 1} if rasso else {1: 14, 2: 4, 3: 1}))
    devices = [chance.pick(DEVICES) for _ in range(size)]
    devices.sort(key=lambda device: device != "phone")
    levels = [level_of(chance, device) for device in devices]
    for_lab = max(levels) > 1
    # What has all it needs goes through a kiosk within days; what is still there waits for something.
    waits = not for_lab and chance.hit(0.45)
    if rasso:
        age = chance.decay(timedelta(days=20 if for_lab or waits else 5), timedelta(days=75))
    else:
        age = chance.decay(timedelta(days=52 if for_lab else 30 if waits else 8), OLDEST)
    taken = writer.taken(min(age, OLDEST - timedelta(days=1)))
    case = writer.case(offence, taken)
    suspect = rasso or chance.hit(0.93)
    ranked = size > 1 and chance.hit(0.3)
    risk, share = RISKS.get(offence, ("", 0))
    at_risk = now - taken < timedelta(days=10) and chance.hit(share)
    shared = {
        "owner": "suspect" if suspect else "other",
        "legal_basis": chance.pick(LEGAL_BASIS) if suspect else "found property",
        "repeat_suspect": suspect and chance.hit(0.25 if rasso else 0.06),
        "risk": risk if at_risk else "",
        **(legal_dates(writer, offence, taken) if suspect else {}),
        "request": 2 if chance.hit(0.015) else 1,
        "trip": "1h30m" if chance.hit(0.02) else "",
    }
    shut = chance.pick({"delivery": 4, "authorisation": 6, "pin": 4, "basis": 1}) if waits else ""
    delivered = writer.later(taken, 60, 48 * 60) if shut != "delivery" and not chance.hit(0.05) else ""
    authorised = writer.later(taken, 90, 72 * 60) if shut != "authorisation" and not chance.hit(0.08) else ""
    if shut == "basis":
        shared["legal_basis"] = ""
    for number, (device, level) in enumerate(zip(devices, levels), start=1):
        row = shared | {"delivered_at": delivered, "authorised_at": authorised}
        if ranked:
            row["case_rank"] = number
        if shut == "pin" and device in ("phone", "tablet"):
            row["lock_state"] = chance.pick({"afu": 1, "bfu": 3, "unknown": 1})
        elif device == "phone" and level > 1 and now - taken < timedelta(hours=66) and chance.hit(0.6):
            row |= {"lock_state": "afu", "evidence_fades_at": taken + timedelta(hours=72)}
        writer.add(case, number, device, level, **row)


def level_of(chance, device):
    """What was asked for: 1 a kiosk's download or preview, 2 the lab, 3 the lab's hardest cases."""
    if device in ("sim", "cloud_account"):
        return 1
    return chance.pick({1: 42, 2: 53, 3: 5} if device in ("laptop", "drive") else {1: 55, 2: 41, 3: 4})


def text(value):
    """A field as the CSV has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return str(value)


def instant(argument):
    at = datetime.fromisoformat(argument.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, as in 2026-11-23T09:30:00Z")
    return at.astimezone(timezone.utc).replace(microsecond=0)


def main():
    parser = argparse.ArgumentParser(description="Writes synthetic open submissions as CSV to standard output.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--now", type=instant, required=True, help="RFC 3339, as in 2026-11-23T09:30:00Z")
    parser.add_argument("--rows", type=int, default=450, help="how many submissions (100 to 5000, default 450)")
    args = parser.parse_args()
    if not 100 <= args.rows <= 5000:  # the cast needs some, and crime references run out
        parser.error("--rows: from 100 to 5000")

    writer = Writer(args.seed, args.now)
    cast(writer)
    victims_and_witnesses(writer, victims=12, witnesses=14)
    while len(writer.rows) < args.rows:
        # A RASSO case has twice the devices of another, so about three in ten of the rows are RASSO's.
        offence = "rasso" if writer.chance.hit(0.18) else writer.chance.pick(OFFENCES)
        suspects_case(writer, offence, args.rows - len(writer.rows))

    writer.rows.sort(key=lambda row: (row["taken_at"], row["force"], row["crime_ref"], row["exhibit_ref"]))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in writer.rows:
        table.writerow(text(row.get(column, "")) for column in COLUMNS)
    sys.stdout.buffer.write(out.getvalue().encode())


if __name__ == "__main__":
    main()
