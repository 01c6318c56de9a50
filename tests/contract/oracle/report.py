"""Counts checks and keeps the violations, one line each."""

from .instants import show


class Report:
    def __init__(self):
        self.checks = 0
        self.violations: list[str] = []

    def check(self, holds: bool, where: tuple[str, str | None], rule: str, expected, found) -> bool:
        """Counts one check; where it fails, keeps submission, stage, rule, and expected versus found."""
        self.checks += 1
        if not holds:
            submission, stage = where
            self.violations.append(f"{submission}: {stage or '-'}: {rule}: expected {expected}, found {found}")
        return holds

    def check_not_before(self, found: int, earliest: int, where: tuple[str, str | None], rule: str, why: str) -> bool:
        """A check that an instant is not before another."""
        return self.check(found >= earliest, where, rule, f">= {show(earliest)} ({why})", show(found))

    def summary(self) -> str:
        return f"{self.checks} checks, {len(self.violations)} violations"
