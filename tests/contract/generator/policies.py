"""Random policies: the contract's promises with other numbers, and routes of many shapes."""

from decimal import Decimal

from .setting import Setting
from .toml_text import Inline

DEVICES = ["phone", "tablet", "laptop", "drive", "sim", "memory_card", "vehicle", "cloud_account", "other"]
OFFENCES = ["rasso", "murder", "iioc", "domestic_abuse", "violence", "drugs", "fraud", "theft", "other"]
RISKS = ["child_at_risk", "adult_at_risk", "missing_person", "serious_harm"]


def make_policy(setting: Setting) -> dict:
    return {
        "version": "2026-11-01",
        "devices": DEVICES,
        "offences": OFFENCES,
        "risks": RISKS,
        "tier": _tiers(),
        "ageing": {"never_above": 3},
        "promise": _promises(setting),
        "route": _routes(setting),
        "guard": {
            "promise": "victim-phone",
            "level": 1,
            "typical_storage_gb": setting.rng.choice((64, 100, 128)),
            "arrives_after": "2h",
            "max_hold": "24h",
        },
        "dispatch": {"horizon": "30m"},
        "forecast": {"gate_clears": "12h", "runs": 300, "learn_after": 20},
    }


def _tiers() -> list[dict]:
    names = ("life", "victims", "custody", "rasso", "near dates", "the rest")
    tiers = [{"number": number, "name": name} for number, name in enumerate(names)]
    tiers[4]["longest_wait"] = "120d"
    tiers[5]["longest_wait"] = "180d"
    return tiers


def _promises(setting: Setting) -> list[dict]:
    """`victim-phone` always (the guard names it), most of the others, some counted in working time."""
    rng = setting.rng
    others = [
        _promise(
            "life-at-risk",
            "results",
            0,
            {"life_at_risk": [True]},
            since="taken_at",
            within="4h",
            hard=True,
            flag_lapses="12h",
        ),
        _promise("owner-waits", "device_back", 1, by="owner_present_until", hard=True),
        _promise(
            "victim-device",
            "device_back",
            2,
            {"owner": ["victim"], "device": DEVICES[1:4]},
            since="taken_at",
            within="72h",
        ),
        _promise(
            "witness-device",
            "device_back",
            3,
            {"owner": ["Witness"]},
            since="taken_at",
            within="12h",
            **_working(setting),
        ),
        _promise("custody", "results", 2, by="custody_expires_at", before="4h", hard=True),
        _promise("safeguarding", "results", 2, {"risk": RISKS}, since="taken_at", within="7d"),
        _promise("fading-evidence", "extracted", 2, by="evidence_fades_at"),
        _promise(
            "first-look",
            "extracted",
            3,
            {"offence": OFFENCES[:3]},
            since="delivered_at",
            within=setting.duration(30, 900),
            **_working(setting),
        ),
        _promise(
            "rasso-suspect",
            "results",
            3,
            {"offence": ["RASSO"], "owner": ["suspect"]},
            since="taken_at",
            within="30d",
            stretch="7d",
        ),
        _promise("bail", "results", 4, by="bail_at", before=rng.choice(("14d", "36h")), applies_within="28d"),
        _promise("court", "results", 4, by="court_at", before="28d", applies_within="90d"),
        _promise("court-return", "device_back", 4, {"level": [1, 2]}, by="court_at", before="24h"),
        _promise(
            "standard", "results", 5, since="taken_at", within=rng.choice(("90d", "40h", "61h7m")), **_working(setting)
        ),
    ]
    victim = _promise(
        "victim-phone",
        "device_back",
        1,
        {"owner": ["victim"], "device": ["phone"]},
        since="taken_at",
        within="24h",
        hard=True,
        warn_before="6h",
        at_risk=Decimal("0.10"),
        replacement_handset=True,
    )
    return [victim] + [promise for promise in others if setting.chance(80)]


def _promise(name: str, milestone: str, tier: int, when: dict | None = None, since: str | None = None, **more) -> dict:
    condition = {"when": Inline(when)} if when else {}
    start = {"from": since} if since else {}
    return {"name": name} | condition | {"milestone": milestone} | start | more | {"tier": tier}


def _working(setting: Setting) -> dict:
    if setting.chance(50):
        return {"counts": "working", "calendar": "days"}
    return {"counts": "elapsed"} if setting.chance(30) else {}


def _routes(setting: Setting) -> list[dict]:
    """In one order: the special ones first, the last leaves some rows without a route."""
    routes = [
        _route(
            "life-at-risk",
            {"life_at_risk": [True]},
            ["authorisation", "delivery"],
            [
                _work(setting, "extract", ["kiosk", "van", "lab"], holds=True),
                _work(setting, "review", ["dmi", "examiner"], attended=True),
            ],
        ),
        _route(
            "owner-waits",
            {"owner": ["victim", "witness"], "device": ["phone", "tablet"], "level": [1]},
            ["agreement", "authorisation", "delivery", "pin"],
            _owner_stages(setting),
        ),
        _route(
            "owner-lab",
            {"owner": ["victim", "witness"]},
            ["agreement", "authorisation", "delivery"],
            _parallel_stages(setting),
        ),
        _route("remote", {"device": ["cloud_account", "sim"]}, ["authorisation"], _undelivered_stages(setting)),
        _route("impossible", {"device": ["vehicle"], "level": [1]}, ["delivery"], _impossible_stages(setting)),
        _route(
            "kiosk",
            {"level": [1]},
            ["legal_basis", "authorisation", "delivery", "pin"],
            [
                _work(setting, "prepare", ["operator"], attended=True, holds=True),
                _work(setting, "extract", ["kiosk", "van"], holds=True),
                _work(setting, "review", ["dmi"], attended=True),
            ],
        ),
        _route(
            "lab",
            {"level": [2], "owner": ["suspect", "other"], "device": DEVICES[:8]},
            ["legal_basis", "authorisation", "delivery"],
            _lab_stages(setting),
        ),
    ]
    return [route for route in routes if setting.chance(90)]


def _route(name: str, when: dict, gates: list[str], stages: list[dict]) -> dict:
    return {"name": name, "when": Inline(when), "gates": gates, "stage": stages}


def _work(
    setting: Setting, name: str, kinds: list[str], *, attended=False, holds=False, minutes=(10, 240), **more
) -> dict:
    takes = {"base": setting.duration(*minutes)}
    if setting.chance(50):
        takes["per_gb"] = f"{setting.rng.choice((1, 5, 7, 12))}s"
    stage = {"name": name, "by": kinds, "takes": Inline(takes)}
    if attended:
        stage["attended"] = True
    if holds:
        stage["holds_device"] = True
    if setting.chance(30):
        stage["p90"] = Decimal("1.8")
    return stage | more


def _hand_back(**more) -> dict:
    return {"name": "hand_back", "returns_device": True} | more


def _owner_stages(setting: Setting) -> list[dict]:
    """Back as soon as verified; the review goes on without the device."""
    return [
        _work(setting, "prepare", ["operator", "van"], attended=True, holds=True, minutes=(5, 30)),
        _work(setting, "extract", ["kiosk", "van", "lab"], holds=True),
        _work(setting, "verify", ["operator", "dmi"], attended=True, holds=True, minutes=(5, 30)),
        _hand_back(),
        _work(setting, "review", ["dmi"], attended=True, after=["verify"]),
    ]


def _parallel_stages(setting: Setting) -> list[dict]:
    """Two holding stages without an order between them; sometimes both are the last before the hand-back."""
    stages = [
        _work(setting, "triage", ["dmi"], attended=True),
        _work(setting, "extract", ["lab", "kiosk"], holds=True, minutes=(60, 400), after=["triage"]),
        _work(setting, "prepare", ["operator", "examiner"], attended=True, holds=True, after=["triage"]),
    ]
    if setting.chance(50):
        stages += [
            _work(setting, "verify", ["examiner", "dmi"], attended=True, holds=True, after=["extract", "prepare"]),
            _hand_back(),
        ]
    else:
        stages.append(_hand_back(after=["extract", "prepare"]))
    return [*stages, _work(setting, "analyse", ["examiner"], attended=True, minutes=(60, 300), after=["extract"])]


def _undelivered_stages(setting: Setting) -> list[dict]:
    """No delivery gate: work without the device starts at once, work on it when it arrives."""
    return [
        _work(setting, "review", ["dmi", "examiner"], attended=True),
        _work(setting, "extract", ["kiosk", "lab", "van"], holds=True, after=["review"] if setting.chance(50) else []),
        _hand_back(),
    ]


def _impossible_stages(setting: Setting) -> list[dict]:
    """Nobody can extract: an operator never does; what follows waits too."""
    return [
        _work(setting, "prepare", ["examiner", "operator"], attended=True, holds=True),
        _work(setting, "extract", ["operator"], holds=True),
        _work(setting, "review", ["dmi"], attended=True),
    ]


def _lab_stages(setting: Setting) -> list[dict]:
    """A first stage without the device, and persons who must be, or must not be, the same."""
    return [
        _work(setting, "triage", ["dmi"], attended=True),
        _work(setting, "prepare", ["examiner"], attended=True, holds=True),
        _work(setting, "extract", ["lab"], holds=True, minutes=(120, 900)),
        _work(setting, "analyse", ["examiner"], attended=True, minutes=(120, 700)),
        _work(setting, "report", ["examiner"], attended=True, same_person_as="analyse"),
        _work(setting, "peer_review", ["examiner"], attended=True, different_person_from=["analyse", "report"]),
    ]
