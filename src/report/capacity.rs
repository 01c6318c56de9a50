//! The report on capacity: what came in against what was done, how much resources worked, what failed.

use chrono::NaiveDate;

use super::{Bars, Chart, Figure, Sheet, Unit, meaning, sheet, spelled};
use crate::domain::establishment::ResourceKind;
use crate::domain::event::FailureCause;
use crate::domain::reports::By;
use crate::domain::reports::capacity::{Capacity, Failed, Flow, Use, by_kind};
use crate::domain::reports::permille;
use crate::domain::submission::Vocabulary;

/// What failed, by kind of resource and reason.
pub type Failures = [((ResourceKind, FailureCause), Failed)];

/// Its sheets. `uses`: one for each resource.
pub fn sheets(counted: &Capacity, uses: &[Use], failures: &Failures, by: Option<By>) -> Vec<Sheet> {
    let weeks = counted.flow.iter().map(|((group, week), flow)| Week { group: group.as_deref(), week: *week, flow });
    let weeks: Vec<Week<'_>> = weeks.collect();
    let flow = "Requests that came in against those that were done, by week. What is left at the end of a week is what grows where more \
                comes in than is done.";
    let open = "How much of the time in which they were open people and machines worked, by the hours and closures that are known now. Who \
                worked most of it at a site, and half of it or more, is marked: what binds there.";
    let kinds: Vec<Figure<Use>> = USE.into_iter().chain([BINDS]).collect();
    let each: Vec<Figure<Use>> =
        [USE.into_iter().next(), Some(RESOURCE)].into_iter().flatten().chain(USE.into_iter().skip(1)).collect();
    let drawn = Chart { apart: &["group"], names: &["week"], parts: &["arrived", "examined", "removed"], bars: Bars::Beside };
    let worked = Chart { apart: &[], names: &["site", "kind"], parts: &["worked_permille"], bars: Bars::Whole };
    vec![
        sheet(("flow", "Arrivals against completions", flow), by, &Week::FIGURES, &weeks).drawn(drawn),
        sheet(("kinds", "Use by site and kind", open), None, &kinds, &by_kind(uses)).drawn(worked),
        sheet(("resources", "Use of each", "The same of each resource."), None, &each, uses),
        failed(failures, uses),
    ]
}

/// What came in and was done in a week.
struct Week<'a> {
    group: Option<&'a str>,
    week: NaiveDate,
    flow: &'a Flow,
}

impl Week<'_> {
    const FIGURES: [Figure<Self>; 8] = [
        Figure { name: super::GROUP, title: "Group", unit: Unit::Text, means: super::GROUP_MEANS, of: |line| line.group.into() },
        Figure {
            name: "week",
            title: "Week of",
            unit: Unit::Day,
            means: "The Monday of the week; of a week that the period has a part of, that part counts.",
            of: |line| line.week.into(),
        },
        Figure {
            name: "arrived",
            title: "Arrived",
            unit: Unit::Count,
            means: "Requests registered.",
            of: |line| line.flow.arrived.into(),
        },
        Figure {
            name: "examined",
            title: "Examined",
            unit: Unit::Count,
            means: "All work that needs the device was done.",
            of: |line| line.flow.examined.into(),
        },
        Figure {
            name: "removed",
            title: "Removed",
            unit: Unit::Count,
            means: "The examination was ended before that.",
            of: |line| line.flow.removed.into(),
        },
        Figure {
            name: "results",
            title: "Results",
            unit: Unit::Count,
            means: "All stages that return no device were done.",
            of: |line| line.flow.results.into(),
        },
        Figure {
            name: "returned",
            title: "Returned",
            unit: Unit::Count,
            means: "Their owners had the device.",
            of: |line| line.flow.returned.into(),
        },
        Figure {
            name: "left",
            title: "Left",
            unit: Unit::Count,
            means: "Registered by the end of the week and by then neither examined, nor removed, nor returned; of a week that is not over, now.",
            of: |line| line.flow.left.into(),
        },
    ];
}

const USE: [Figure<Use>; 9] = [
    Figure { name: "site", title: "Site", unit: Unit::Text, means: "Where it is.", of: |line| line.site.as_str().into() },
    Figure { name: "kind", title: "Kind", unit: Unit::Text, means: "What it is.", of: |line| line.kind.as_str().into() },
    Figure {
        name: "slots",
        title: "At once",
        unit: Unit::Count,
        means: "How many devices, or people, at once.",
        of: |line| line.slots.into(),
    },
    Figure {
        name: "open_seconds",
        title: "Open",
        unit: Unit::Seconds,
        means: "How long they were open in the period, one after the other, less what is known of closures and lapsed competence.",
        of: |line| line.open.into(),
    },
    Figure {
        name: "worked_seconds",
        title: "Worked",
        unit: Unit::Seconds,
        means: "How much of that time work went on there that the reader may see, from its beginning to its end without pauses.",
        of: |line| line.worked.into(),
    },
    Figure {
        name: "worked_permille",
        title: "Worked, share",
        unit: Unit::Permille,
        means: "Worked of open.",
        of: |line| line.worked_permille().into(),
    },
    Figure {
        name: "ended",
        title: "Runs",
        unit: Unit::Count,
        means: "How much work ended in the period: done or failed.",
        of: |line| line.ended.into(),
    },
    Figure {
        name: "failed",
        title: "Failed",
        unit: Unit::Count,
        means: "How much of it had failed.",
        of: |line| line.failed.into(),
    },
    Figure {
        name: "failed_permille",
        title: "Failed, share",
        unit: Unit::Permille,
        means: "Failed of what ended; not told of fewer than 20.",
        of: |line| line.failed_permille().into(),
    },
];

const RESOURCE: Figure<Use> = Figure {
    name: "resource",
    title: "Which",
    unit: Unit::Text,
    means: "Its id in the unit file.",
    of: |line| line.resource.as_ref().map(|resource| resource.as_str()).into(),
};

const BINDS: Figure<Use> = Figure {
    name: "binds",
    title: "Binds",
    unit: Unit::Text,
    means: "Half of their time or more was worked, and nobody else's at the site more of theirs.",
    of: |line| line.binds.then_some("binds").into(),
};

/// What failed for one reason.
struct FailedLine {
    kind: ResourceKind,
    cause: FailureCause,
    failed: Failed,
    of: u64,
}

impl FailedLine {
    const FIGURES: [Figure<Self>; 7] = [
        Figure {
            name: "kind",
            title: "Kind",
            unit: Unit::Text,
            means: "What it failed at.",
            of: |line| line.kind.as_str().into(),
        },
        Figure {
            name: "cause",
            title: "Why",
            unit: Unit::Text,
            means: "What went wrong.",
            of: |line| spelled(line.cause.as_str()),
        },
        Figure {
            name: "count",
            title: "How often",
            unit: Unit::Count,
            means: "How often that was recorded in the period.",
            of: |line| line.failed.count.into(),
        },
        Figure {
            name: "of",
            title: "Of",
            unit: Unit::Count,
            means: "How much work ended at resources of the kind in the period: done or failed.",
            of: |line| line.of.into(),
        },
        Figure {
            name: "share_permille",
            title: "Share",
            unit: Unit::Permille,
            means: "How much of that it was; not told of fewer than 20.",
            of: |line| permille(line.failed.count, line.of).into(),
        },
        Figure {
            name: "lost_seconds",
            title: "Time lost",
            unit: Unit::Seconds,
            means: "From beginning until it failed, in all.",
            of: |line| line.failed.lost.into(),
        },
        Figure {
            name: "meaning",
            title: "In words",
            unit: Unit::Text,
            means: "What that means.",
            of: |line| meaning(line.cause.as_str(), FailureCause::WORDS),
        },
    ];
}

fn failed(failures: &Failures, uses: &[Use]) -> Sheet {
    let ended = |kind: ResourceKind| uses.iter().filter(|one| one.kind == kind).map(|one| one.ended).sum();
    let line = |((kind, cause), failed): &((ResourceKind, FailureCause), Failed)| FailedLine {
        kind: *kind,
        cause: *cause,
        failed: *failed,
        of: ended(*kind),
    };
    let lines: Vec<FailedLine> = failures.iter().map(line).collect();
    let chart = Chart { apart: &[], names: &["kind", "cause"], parts: &["count"], bars: Bars::Whole };
    sheet(("failures", "Failures", "Work that could not be done, by reason."), None, &FailedLine::FIGURES, &lines).drawn(chart)
}
