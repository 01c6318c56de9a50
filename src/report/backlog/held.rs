//! Devices of which nothing is left to do, and those that nobody can place.

use crate::domain::reports::By;
use crate::domain::reports::backlog::{Backlog, Held, Missing, Unplaced};
use crate::domain::submission::{Owner, Vocabulary};
use crate::report::{Bars, Chart, Figure, Sheet, Unit, meaning, sheet, spelled};

/// Devices of one sort of owner that wait for them.
struct HeldLine<'a> {
    group: Option<&'a str>,
    owner: Owner,
    held: &'a Held,
}

impl HeldLine<'_> {
    const FIGURES: [Figure<Self>; 12] = [
        Figure {
            name: crate::report::GROUP,
            title: "Group",
            unit: Unit::Text,
            means: crate::report::GROUP_MEANS,
            of: |line| line.group.into(),
        },
        Figure {
            name: "owner",
            title: "Whose",
            unit: Unit::Text,
            means: "Whose device it is.",
            of: |line| line.owner.as_str().into(),
        },
        Figure {
            name: "held",
            title: "Held now",
            unit: Unit::Count,
            means: "Examined, or removed, and not with their owner when the report is made.",
            of: |line| line.held.held.count().into(),
        },
        Figure {
            name: "return_authorised",
            title: "May go back",
            unit: Unit::Count,
            means: "Of those held: at a site, and their return is authorised.",
            of: |line| line.held.authorised.into(),
        },
        Figure {
            name: "signed_out",
            title: "Signed out",
            unit: Unit::Count,
            means: "Of those held: an officer brings them home.",
            of: |line| line.held.signed_out.into(),
        },
        Figure {
            name: "withheld",
            title: "Withheld",
            unit: Unit::Count,
            means: "Of those held: kept although their owner could have them.",
            of: |line| line.held.withheld.into(),
        },
        Figure {
            name: "held_p50_seconds",
            title: "Held, half within",
            unit: Unit::Seconds,
            means: "Half of those held have been so long at most, since they were examined or removed.",
            of: |line| line.held.held.p50().into(),
        },
        Figure {
            name: "held_longest_seconds",
            title: "Held longest",
            unit: Unit::Seconds,
            means: "The longest of them.",
            of: |line| line.held.held.longest().into(),
        },
        Figure {
            name: "returned",
            title: "Returned",
            unit: Unit::Count,
            means: "Their owners had them in the period, after they were examined or removed.",
            of: |line| line.held.returned.count().into(),
        },
        Figure {
            name: "returned_p50_seconds",
            title: "Until returned, half within",
            unit: Unit::Seconds,
            means: "From being examined or removed until their owners had them: half of those returned in the period.",
            of: |line| line.held.returned.p50().into(),
        },
        Figure {
            name: "returned_longest_seconds",
            title: "Until returned, longest",
            unit: Unit::Seconds,
            means: "The longest of them.",
            of: |line| line.held.returned.longest().into(),
        },
        Figure {
            name: "returned_untouched",
            title: "Returned untouched",
            unit: Unit::Count,
            means: "Their owners had them in the period, and they were neither examined nor removed by then.",
            of: |line| line.held.returned_untouched.into(),
        },
    ];
}

/// What is held until it is returned.
pub(super) fn held(counted: &Backlog, by: Option<By>) -> Sheet {
    let lines = counted.held.iter().map(|((group, owner), held)| HeldLine { group: group.as_deref(), owner: *owner, held });
    let lines: Vec<HeldLine<'_>> = lines.collect();
    let about = "Devices that nobody needs for work any more: held now, and returned in the period. Devices kept as evidence are among them.";
    let chart = Chart { apart: &["group"], names: &["owner"], parts: &["held"], bars: Bars::Whole };
    sheet(("held", "Held until returned", about), by, &HeldLine::FIGURES, &lines).drawn(chart)
}

/// Devices that nobody can place, for one reason.
struct UnplacedLine<'a> {
    why: Unplaced,
    missing: &'a Missing,
}

impl UnplacedLine<'_> {
    const FIGURES: [Figure<Self>; 5] = [
        Figure {
            name: "reason",
            title: "Why",
            unit: Unit::Text,
            means: "What the record says last.",
            of: |line| spelled(line.why.as_str()),
        },
        Figure {
            name: "count",
            title: "How many",
            unit: Unit::Count,
            means: "How many devices that is when the report is made.",
            of: |line| line.missing.count.into(),
        },
        Figure {
            name: "oldest",
            title: "Oldest",
            unit: Unit::Text,
            means: "The queue number of the one of which nothing was heard for longest.",
            of: |line| line.missing.oldest.as_ref().map(|oldest| oldest.number.to_string()).into(),
        },
        Figure {
            name: "oldest_since",
            title: "Since",
            unit: Unit::Text,
            means: "When it was signed out, should have been back, or was taken; in UTC.",
            of: |line| line.missing.oldest.as_ref().map(|oldest| oldest.since.to_string()).into(),
        },
        Figure {
            name: "meaning",
            title: "In words",
            unit: Unit::Text,
            means: "What that means.",
            of: |line| meaning(line.why.as_str(), Unplaced::WORDS),
        },
    ];
}

/// What nobody can place.
pub(super) fn unplaced(counted: &Backlog) -> Sheet {
    let nothing = Missing::default();
    let line = |why: &Unplaced| UnplacedLine { why: *why, missing: counted.unplaced.get(why).unwrap_or(&nothing) };
    let lines: Vec<UnplacedLine<'_>> = Unplaced::ALL.iter().map(line).collect();
    let about = "Devices of which the record does not say where they are. No entry says that a device is lost: whether one of these is, \
                 somebody has to look.";
    sheet(("lost", "Lost, or not placed", about), None, &UnplacedLine::FIGURES, &lines)
}
