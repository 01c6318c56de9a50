"""The shape of `plan --json`: every key present, of the right type and format (interfaces, contract block).

Lines that do not have the shape are reported and left out of every other check.
"""

import re
from dataclasses import dataclass

from .instants import parse_instant
from .report import Report

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MILESTONES = ("extracted", "device_back", "results")


@dataclass(frozen=True)
class Step:
    submission: str
    stage: str
    resource: str | None
    slot: int | None
    start: int
    end: int
    segments: tuple[tuple[int, int], ...]
    because: tuple[dict, ...]

    @property
    def where(self) -> tuple[str, str]:
        return self.submission, self.stage


@dataclass(frozen=True)
class Waiting:
    submission: str
    stage: str | None
    reasons: tuple[dict, ...]
    text: str
    clear_by: int | None
    if_cleared_now: list | dict | None

    @property
    def where(self) -> tuple[str, str | None]:
        return self.submission, self.stage


@dataclass(frozen=True)
class MilestoneLine:
    submission: str
    milestone: str
    at: int
    promise: str
    due: int
    effective_due: int | None
    late_seconds: int

    @property
    def where(self) -> tuple[str, str]:
        return self.submission, f"{self.milestone} ({self.promise})"


@dataclass(frozen=True)
class TierLine:
    tier: int
    late: int
    late_seconds: int


@dataclass(frozen=True)
class PlanFile:
    now: int | None
    tiers: tuple[TierLine, ...]
    steps: tuple[Step, ...]
    milestones: tuple[MilestoneLine, ...]
    waiting: tuple[Waiting, ...]


def is_instant(value) -> bool:
    """RFC 3339 UTC with `Z`, whole seconds, and a date that exists."""
    if not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return False
    try:
        parse_instant(value)
    except ValueError:
        return False
    return True


def _is_text(value) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value) -> bool:
    return _is_whole(value) and value >= 0


def _is_segments(value) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(is_instant, pair)) for pair in value
    )


def _is_reasons(value) -> bool:
    return isinstance(value, list) and all(
        isinstance(reason, dict) and _is_text(reason.get("kind")) for reason in value
    )


def _or_null(test):
    return lambda value: value is None or test(value)


_INSTANT_TYPE = ("an RFC 3339 UTC instant in whole seconds", is_instant)
_OPTIONAL_INSTANT = ("an RFC 3339 UTC instant or null", _or_null(is_instant))
_TEXT = ("a non-empty string", _is_text)
_OPTIONAL_TEXT = ("a non-empty string or null", _or_null(_is_text))
_COUNT = ("a whole number >= 0", _is_count)
_REASONS = ("a list of objects with a kind", _is_reasons)

_STEP = {
    "submission": _TEXT,
    "stage": _TEXT,
    "resource": _OPTIONAL_TEXT,
    "slot": ("a whole number or null", _or_null(_is_whole)),
    "start": _INSTANT_TYPE,
    "end": _INSTANT_TYPE,
    "segments": ("a list of [start, end]", _is_segments),
    "because": _REASONS,
}
_MILESTONE = {
    "submission": _TEXT,
    "milestone": ("one of " + ", ".join(MILESTONES), lambda value: value in MILESTONES),
    "at": _INSTANT_TYPE,
    "promise": _TEXT,
    "due": _INSTANT_TYPE,
    "effective_due": _OPTIONAL_INSTANT,
    "late_seconds": _COUNT,
    "unavoidable": ("true, false or null", _or_null(lambda value: isinstance(value, bool))),
}
_WAITING = {
    "submission": _TEXT,
    "stage": _OPTIONAL_TEXT,
    "reasons": ("a non-empty list of objects with a kind", lambda value: _is_reasons(value) and value != []),
    "text": _TEXT,
    "clear_by": _OPTIONAL_INSTANT,
    "if_cleared_now": ("a list, an object or null", _or_null(lambda value: isinstance(value, (list, dict)))),
}
_TIER = {"tier": _COUNT, "late": _COUNT, "late_seconds": _COUNT}


def read_plan(document, report: Report) -> PlanFile:
    """Checks the shape and keeps the lines that have it."""
    whole = document if isinstance(document, dict) else {}
    _has_shape(
        document, {"now": _INSTANT_TYPE, "objective": ("an object", lambda v: isinstance(v, dict))}, "plan", report
    )
    objective = whole.get("objective")
    return PlanFile(
        now=parse_instant(whole["now"]) if is_instant(whole.get("now")) else None,
        tiers=tuple(TierLine(**_only(line, _TIER)) for line in _lines(objective, "tiers", _TIER, report)),
        steps=tuple(_step(line) for line in _lines(whole, "steps", _STEP, report)),
        milestones=tuple(_milestone(line) for line in _lines(whole, "milestones", _MILESTONE, report)),
        waiting=tuple(_waiting(line) for line in _lines(whole, "waiting", _WAITING, report)),
    )


def _lines(container, key: str, schema: dict, report: Report) -> list[dict]:
    lines = container.get(key) if isinstance(container, dict) else None
    if not report.check(isinstance(lines, list), ("plan", None), "shape", f"a list under {key!r}", repr(lines)[:60]):
        return []
    return [line for index, line in enumerate(lines) if _has_shape(line, schema, f"{key}[{index}]", report)]


def _has_shape(line, schema: dict, name: str, report: Report) -> bool:
    if not report.check(isinstance(line, dict), (name, None), "shape", "an object", repr(line)[:60]):
        return False
    found_all = True
    for key, (expected, test) in schema.items():
        where = (str(line.get("submission", name)), str(line.get("stage", name)))
        if report.check(key in line, where, "shape", f"the key {key!r}", "none"):
            found_all &= report.check(test(line[key]), where, "shape", f"{key!r}: {expected}", repr(line[key])[:60])
        else:
            found_all = False
    return found_all


def _only(line: dict, keys) -> dict:
    return {key: line[key] for key in keys}


def _step(line: dict) -> Step:
    values = _only(line, _STEP)
    values["start"], values["end"] = parse_instant(line["start"]), parse_instant(line["end"])
    values["segments"] = tuple((parse_instant(a), parse_instant(b)) for a, b in line["segments"])
    values["because"] = tuple(line["because"])
    return Step(**values)


def _milestone(line: dict) -> MilestoneLine:
    values = _only(line, _MILESTONE)
    del values["unavoidable"]
    values["at"], values["due"] = parse_instant(line["at"]), parse_instant(line["due"])
    values["effective_due"] = _optional_instant(line["effective_due"])
    return MilestoneLine(**values)


def _waiting(line: dict) -> Waiting:
    values = _only(line, _WAITING)
    values["reasons"] = tuple(line["reasons"])
    values["clear_by"] = _optional_instant(line["clear_by"])
    return Waiting(**values)


def _optional_instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(text)
