"""The kind of unit to make, its moment `now`, and small helpers of chance."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

KINDS = ("plain", "dst-spring", "dst-autumn", "christmas", "tight", "big")

_SPRING_CHANGES = (datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2028, 3, 26, 1, tzinfo=UTC))
_AUTUMN_CHANGES = (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Size:
    sites: tuple[int, int]
    resources: tuple[int, int]
    submissions: tuple[int, int]


@dataclass(frozen=True)
class Setting:
    kind: str
    seed: int
    rng: Random
    now: datetime
    zone: str
    size: Size

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def duration(self, low_minutes: int, high_minutes: int) -> str:
        """A duration in the contract's notation, often with odd seconds."""
        seconds = self.rng.randint(low_minutes, high_minutes) * 60
        if self.chance(40):
            seconds += self.rng.randint(1, 59)
        hours, rest = divmod(seconds, 3600)
        parts = [(hours, "h"), (rest // 60, "m"), (rest % 60, "s")]
        return "".join(f"{number}{unit}" for number, unit in parts if number) or "1s"

    def near_now(self, before_minutes: int, after_minutes: int) -> datetime:
        """Now shifted by a random number of whole seconds."""
        return self.now + timedelta(seconds=self.rng.randint(-before_minutes * 60, after_minutes * 60))


def make_setting(kind: str, seed: int) -> Setting:
    rng = Random(f"dfqueue {kind} {seed}")
    zone = "America/New_York" if kind == "plain" and rng.randrange(8) == 0 else "Europe/London"
    return Setting(kind, seed, rng, _pick_now(kind, rng), zone, _SIZES.get(kind, _SIZES["plain"]))


_SIZES = {
    "plain": Size(sites=(2, 4), resources=(6, 12), submissions=(5, 30)),
    "tight": Size(sites=(2, 3), resources=(3, 6), submissions=(10, 25)),
    "big": Size(sites=(4, 6), resources=(9, 15), submissions=(40, 60)),
}


def _pick_now(kind: str, rng: Random) -> datetime:
    """Within 36 hours before a London clock change, near Christmas, or anywhere in a year."""
    match kind:
        case "dst-spring":
            return rng.choice(_SPRING_CHANGES) - timedelta(seconds=rng.randrange(36 * 3600))
        case "dst-autumn":
            return rng.choice(_AUTUMN_CHANGES) - timedelta(seconds=rng.randrange(36 * 3600))
        case "christmas":
            return datetime(2026, 12, 23, 6, tzinfo=UTC) + timedelta(seconds=rng.randrange(48 * 3600))
    now = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(365 * 24 * 60))
    return now + timedelta(seconds=rng.randrange(60)) if rng.randrange(2) else now
