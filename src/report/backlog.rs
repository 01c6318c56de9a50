//! The report on the backlog: what waits, what became of requests, what is held and what nobody can place.

mod held;

use super::{Bars, Cell, Chart, Figure, Sheet, Unit, meaning, sheet};
use crate::domain::reports::backlog::{Backlog, Ended, Kind, Waiting};
use crate::domain::reports::{By, permille};
use crate::domain::state::State;
use crate::domain::submission::Vocabulary;
use crate::domain::unit::RemovalCause;

/// Its sheets.
pub fn sheets(counted: &Backlog, by: Option<By>) -> Vec<Sheet> {
    let waiting: Vec<Line<'_>> = counted.waiting.iter().map(|(kind, waiting)| Line { kind, waiting }).collect();
    let now = "Requests that are still to be examined when the report is made, wherever their devices are; the first line is all of them.";
    let long = "How long ago the police took the devices that are still to be examined. Clocks run on while a request is parked or outside.";
    let states: Vec<Figure<Line<'_>>> = Line::NAMES.into_iter().chain(Line::STATES).collect();
    let times: Vec<Figure<Line<'_>>> = Line::NAMES.into_iter().chain(Line::TIMES).collect();
    let names = &["group", "device", "owner"];
    let parts = &["booked", "requested", "waiting", "parked", "outside", "in_examination"];
    let bands = &["up_to_30_days", "up_to_90_days", "up_to_180_days", "up_to_365_days", "longer"];
    vec![
        sheet(("waiting", "Waiting now", now), by, &states, &waiting).drawn(whole(names, parts)),
        sheet(("waited", "Days waited", long), by, &times, &waiting).drawn(whole(names, bands)),
        ended(counted, by),
        held::held(counted, by),
        held::unplaced(counted),
    ]
}

/// One bar a row, of parts that add up.
const fn whole(names: &'static [&'static str], parts: &'static [&'static str]) -> Chart {
    Chart { apart: &[], names, parts, bars: Bars::Whole }
}

/// Requests of one kind that are still to be examined.
struct Line<'a> {
    kind: &'a Kind,
    waiting: &'a Waiting,
}

const ALL: &str = "all";

impl Line<'_> {
    const NAMES: [Figure<Self>; 4] = [
        Figure {
            name: super::GROUP,
            title: "Group",
            unit: Unit::Text,
            means: super::GROUP_MEANS,
            of: |line| line.kind.group.as_deref().into(),
        },
        Figure {
            name: "device",
            title: "Device",
            unit: Unit::Text,
            means: "What device it is, in the policy's words.",
            of: |line| line.kind.device.as_ref().map_or(ALL, |(device, _)| device.as_str()).into(),
        },
        Figure {
            name: "owner",
            title: "Whose",
            unit: Unit::Text,
            means: "Whose device it is.",
            of: |line| line.kind.device.as_ref().map_or(ALL, |(_, owner)| owner.as_str()).into(),
        },
        Figure {
            name: "to_be_examined",
            title: "To be examined",
            unit: Unit::Count,
            means: "In the queue, not removed, and work that needs the device is left: the sum of the six states. A re-submission counts \
                    as a request of its own.",
            of: |line| line.waiting.count().into(),
        },
    ];

    const STATES: [Figure<Self>; 6] = [
        Figure {
            name: "booked",
            title: "Booked",
            unit: Unit::Count,
            means: "Somebody brings the device at an appointed time; it is not at its site yet.",
            of: |line| line.waiting.of(State::Booked).into(),
        },
        Figure {
            name: "requested",
            title: "Not delivered",
            unit: Unit::Count,
            means: "The police have the device, and it is not at its site yet.",
            of: |line| line.waiting.of(State::Requested).into(),
        },
        Figure {
            name: "waiting",
            title: "Waiting",
            unit: Unit::Count,
            means: "At a site, and nothing begun.",
            of: |line| line.waiting.of(State::Waiting).into(),
        },
        Figure {
            name: "parked",
            title: "Parked",
            unit: Unit::Count,
            means: "Nobody works on it until somebody takes it up again.",
            of: |line| line.waiting.of(State::Parked).into(),
        },
        Figure {
            name: "outside",
            title: "Outside",
            unit: Unit::Count,
            means: "With somebody outside the unit, who examines it. All others are in-house.",
            of: |line| line.waiting.of(State::Outside).into(),
        },
        Figure {
            name: "in_examination",
            title: "In examination",
            unit: Unit::Count,
            means: "Work that needs the device has begun, and is not all done.",
            of: |line| line.waiting.of(State::InExamination).into(),
        },
    ];

    const TIMES: [Figure<Self>; 11] = [
        Figure {
            name: "p50_seconds",
            title: "Half within",
            unit: Unit::Seconds,
            means: "Half of them have waited so long at most, since the police took the device.",
            of: |line| line.waiting.waited.p50().into(),
        },
        Figure {
            name: "p90_seconds",
            title: "Nine of ten within",
            unit: Unit::Seconds,
            means: "The same of nine of ten.",
            of: |line| line.waiting.waited.p90().into(),
        },
        Figure {
            name: "up_to_30_days",
            title: "Up to 30 days",
            unit: Unit::Count,
            means: "Waited for up to 30 days.",
            of: |line| line.waiting.bands[0].into(),
        },
        Figure {
            name: "up_to_90_days",
            title: "Up to 90",
            unit: Unit::Count,
            means: "Longer, and up to 90 days.",
            of: |line| line.waiting.bands[1].into(),
        },
        Figure {
            name: "up_to_180_days",
            title: "Up to 180",
            unit: Unit::Count,
            means: "Longer, and up to 180 days.",
            of: |line| line.waiting.bands[2].into(),
        },
        Figure {
            name: "up_to_365_days",
            title: "Up to 365",
            unit: Unit::Count,
            means: "Longer, and up to 365 days.",
            of: |line| line.waiting.bands[3].into(),
        },
        Figure {
            name: "longer",
            title: "Longer",
            unit: Unit::Count,
            means: "Longer than 365 days.",
            of: |line| line.waiting.bands[4].into(),
        },
        Figure {
            name: "longest_seconds",
            title: "Longest",
            unit: Unit::Seconds,
            means: "How long the oldest has waited.",
            of: |line| line.waiting.waited.longest().into(),
        },
        Figure {
            name: "oldest",
            title: "Oldest",
            unit: Unit::Text,
            means: "The queue number of the one whose device was taken first.",
            of: |line| line.waiting.oldest.as_ref().map(|oldest| oldest.number.to_string()).into(),
        },
        Figure {
            name: "oldest_since",
            title: "Taken",
            unit: Unit::Text,
            means: "When the police took its device, in UTC.",
            of: |line| line.waiting.oldest.as_ref().map(|oldest| oldest.since.to_string()).into(),
        },
        Figure {
            name: "oldest_offence",
            title: "Its offence",
            unit: Unit::Text,
            means: "What it is about, in the policy's words.",
            of: |line| line.waiting.oldest.as_ref().map(|oldest| oldest.offence.as_str()).into(),
        },
    ];
}

/// Requests that came to their end in one way.
struct EndedLine<'a> {
    group: Option<&'a str>,
    how: Ended,
    count: u64,
    of: u64,
}

impl EndedLine<'_> {
    const FIGURES: [Figure<Self>; 6] = [
        Figure { name: super::GROUP, title: "Group", unit: Unit::Text, means: super::GROUP_MEANS, of: |line| line.group.into() },
        Figure {
            name: "ended",
            title: "How",
            unit: Unit::Text,
            means: "Examined: all work that needs the device was done, outside where somebody outside the unit did any of it. Removed: the \
                    examination was ended before that, and why.",
            of: |line| match line.how {
                Ended::InHouse => "examined in-house".into(),
                Ended::Outside => "examined outside".into(),
                Ended::Removed(cause) => format!("removed: {}", cause.as_str().replace('_', " ")).into(),
            },
        },
        Figure {
            name: "count",
            title: "How many",
            unit: Unit::Count,
            means: "How many came to their end so in the period.",
            of: |line| line.count.into(),
        },
        Figure {
            name: "of",
            title: "Of",
            unit: Unit::Count,
            means: "How many came to their end in the period: examined or removed.",
            of: |line| line.of.into(),
        },
        Figure {
            name: "share_permille",
            title: "Share",
            unit: Unit::Permille,
            means: "How many of those that was; not told of fewer than 20.",
            of: |line| permille(line.count, line.of).into(),
        },
        Figure {
            name: "meaning",
            title: "In words",
            unit: Unit::Text,
            means: "What the reason means.",
            of: |line| match line.how {
                Ended::InHouse | Ended::Outside => Cell::Nothing,
                Ended::Removed(cause) => meaning(cause.as_str(), RemovalCause::WORDS),
            },
        },
    ];
}

fn ended(counted: &Backlog, by: Option<By>) -> Sheet {
    let of = |group: &Option<String>| counted.ended.iter().filter(|((other, _), _)| other == group).map(|(_, count)| count).sum();
    let lines = counted.ended.iter();
    let lines = lines.map(|((group, how), count)| EndedLine { group: group.as_deref(), how: *how, count: *count, of: of(group) });
    let lines: Vec<EndedLine<'_>> = lines.collect();
    let about = "Requests that came to their end in the period: examined in-house or outside, or removed, and why.";
    let chart = Chart { apart: &["group"], names: &["ended"], parts: &["count"], bars: Bars::Whole };
    sheet(("ended", "Examined against removed", about), by, &EndedLine::FIGURES, &lines).drawn(chart)
}
