"""What keeps every stage of a submission from starting: its gates, and an earlier exhibit of its case."""

from .model import Submission
from .world import World


def shut_gates(world: World, submission: Submission) -> list[str]:
    """Policy: the gates of the route that are not met now; an instant after now leaves its gate shut."""
    route = world.route(submission.key)
    return [gate for gate in route.gates if not _is_met(gate, submission, world.now)] if route else []


def _is_met(gate: str, submission: Submission, now: int) -> bool:
    def past(column: str) -> bool:
        instant = submission.instants[column]
        return instant is not None and instant <= now

    match gate:
        case "agreement":
            return past("agreement_at") and past("notice_at")
        case "authorisation":
            return past("authorised_at")
        case "delivery":
            return past("delivered_at")
        case "legal_basis":
            return submission.legal_basis != ""
        case "pin":
            return submission.words["lock_state"] in ("unlocked", "pin_held")
    raise ValueError(f"unknown gate {gate!r}")


def earlier_exhibits(world: World, submission: Submission) -> list[Submission]:
    """Staged cases: the rows of the same force and crime_ref with a smaller case_rank."""
    if submission.case_rank is None:
        return []
    return [
        other
        for other in world.submissions.values()
        if other.case == submission.case and other.case_rank is not None and other.case_rank < submission.case_rank
    ]


def unfinished_exhibits(world: World, submission: Submission) -> list[str]:
    """Those of them that surely have an unfinished stage: the offline plan takes every row as open and not started."""
    return [other.key for other in earlier_exhibits(world, submission) if world.stages(other.key)]
