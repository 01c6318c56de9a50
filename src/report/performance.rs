//! The report on performance: promises by promise and week, where the time of those missed went, and what was void.

use super::{Bars, Cell, Chart, Figure, Sheet, Unit, sheet};
use crate::domain::ids::Word;
use crate::domain::legs::Leg;
use crate::domain::reports::performance::{Cohort, Key, Performance, Void};
use crate::domain::reports::{By, FEWEST};
use crate::domain::submission::Vocabulary;
use crate::domain::unit::RemovalCause;

/// A cohort, and what it is of.
struct Line<'a> {
    key: &'a Key,
    cohort: &'a Cohort,
}

/// Its sheets.
pub fn sheets(counted: &Performance, by: Option<By>) -> Vec<Sheet> {
    let line = |(key, cohort)| Line { key, cohort };
    let lines = |by_week| counted.cohorts.iter().filter(move |(key, _)| key.week.is_some() == by_week).map(line);
    let [all, weeks] = [false, true].map(|by_week| lines(by_week).collect::<Vec<Line<'_>>>());
    let (parts, bars) = (&["kept", "breached", "void", "to_come"], Bars::Judged);
    let whole: Vec<Figure<Line<'_>>> = Line::NAMES.into_iter().chain(Line::COUNTS).collect();
    let by_week: Vec<Figure<Line<'_>>> = Line::NAMES.into_iter().chain([Line::WEEK]).chain(Line::COUNTS).collect();
    let promises =
        ("promises", "Promises", "What became of the promises that fell due in the period, those still late among them.");
    let by_weeks = ("weeks", "Promises by week", "The same, by the week in which they fell due.");
    vec![
        sheet(promises, by, &whole, &all).drawn(Chart { apart: &[], names: &["group", "promise"], parts, bars }),
        sheet(by_weeks, by, &by_week, &weeks).drawn(Chart { apart: &["group", "promise"], names: &["week"], parts, bars }),
        legs(&all, by),
        voids(counted),
    ]
}

impl Line<'_> {
    const NAMES: [Figure<Self>; 3] = [
        Figure {
            name: super::GROUP,
            title: "Group",
            unit: Unit::Text,
            means: super::GROUP_MEANS,
            of: |line| line.key.group.as_deref().into(),
        },
        Figure {
            name: "promise",
            title: "Promise",
            unit: Unit::Text,
            means: "Its name in the policy, which says what is promised, to whom, and from when on it counts.",
            of: |line| line.key.promise.as_str().into(),
        },
        Figure {
            name: "tier",
            title: "Tier",
            unit: Unit::Count,
            means: "The tier that it gives, 0 (highest) to 5.",
            of: |line| u64::from(line.key.tier).into(),
        },
    ];

    const WEEK: Figure<Self> = Figure {
        name: "week",
        title: "Week of",
        unit: Unit::Day,
        means: "The Monday of the week in which they fell due.",
        of: |line| line.key.week.into(),
    };

    const COUNTS: [Figure<Self>; 14] = [
        Figure {
            name: "due",
            title: "Due",
            unit: Unit::Count,
            means: "How many fell due and were not void: kept and breached, those still late among them. Shares are of these.",
            of: |line| line.cohort.due().into(),
        },
        Figure {
            name: "kept",
            title: "Kept",
            unit: Unit::Count,
            means: "Reached by the moment at which they were due.",
            of: |line| line.cohort.kept.into(),
        },
        Figure {
            name: "kept_permille",
            title: "Kept, share",
            unit: Unit::Permille,
            means: "Kept of those due; not told where fewer than 20 were due.",
            of: |line| line.cohort.kept_permille().into(),
        },
        Figure {
            name: "breached",
            title: "Breached",
            unit: Unit::Count,
            means: "Not reached by then, whatever the reason.",
            of: |line| line.cohort.breached.into(),
        },
        Figure {
            name: "still_late",
            title: "Still late",
            unit: Unit::Count,
            means: "Of those breached: not reached yet, and still wanted.",
            of: |line| line.cohort.still_late.into(),
        },
        Figure {
            name: "mitigated",
            title: "Mitigated",
            unit: Unit::Count,
            means: "Of those breached: the owner had a replacement handset. They count as breached all the same.",
            of: |line| line.cohort.mitigated.into(),
        },
        Figure {
            name: "unavoidable",
            title: "Unavoidable",
            unit: Unit::Count,
            means: "Of those breached: with the sites and hours that there were nobody could have kept them, had every gate been met in \
                    time. Judged once, when the breach was first known, of tiers 0 to 2.",
            of: |line| line.cohort.unavoidable.into(),
        },
        Figure {
            name: "not_taken",
            title: "Offered, not taken",
            unit: Unit::Count,
            means: "Of those breached: the owner was offered the device in time and did not take it, or its return is withheld since before \
                    it was due. They count as breached all the same.",
            of: |line| line.cohort.not_taken.into(),
        },
        Figure {
            name: "disproved",
            title: "Disproved",
            unit: Unit::Count,
            means: "Of those kept: on record as breached, until a late entry or a correction showed that they were kept.",
            of: |line| line.cohort.disproved.into(),
        },
        Figure {
            name: "void",
            title: "Void",
            unit: Unit::Count,
            means: "The examination was ended, or what the promise rested on had passed, before it was due. In no share.",
            of: |line| line.cohort.void.into(),
        },
        Figure {
            name: "to_come",
            title: "Not due yet",
            unit: Unit::Count,
            means: "Due in the period, and after the report was made. In no share.",
            of: |line| line.cohort.to_come.into(),
        },
        Figure {
            name: "p50_seconds",
            title: "Half within",
            unit: Unit::Seconds,
            means: "From the police taking the device, by when half of those due were reached. Those still late count as longer than all \
                    others: nothing is told where it is one of them.",
            of: |line| line.cohort.time.p50().into(),
        },
        Figure {
            name: "p90_seconds",
            title: "Nine of ten within",
            unit: Unit::Seconds,
            means: "The same of nine of ten of those due.",
            of: |line| line.cohort.time.p90().into(),
        },
        Figure {
            name: "longest_seconds",
            title: "Longest",
            unit: Unit::Seconds,
            means: "The longest of those due took so long; so far, where it is still late.",
            of: |line| line.cohort.time.longest().into(),
        },
    ];
}

/// Where the time of missed promises went: which, how many, in what, how long.
struct LegLine<'a> {
    key: &'a Key,
    breached: u64,
    leg: Leg,
    seconds: i64,
    all: i64,
}

impl LegLine<'_> {
    const FIGURES: [Figure<Self>; 6] = [
        Figure {
            name: super::GROUP,
            title: "Group",
            unit: Unit::Text,
            means: super::GROUP_MEANS,
            of: |line| line.key.group.as_deref().into(),
        },
        Figure {
            name: "promise",
            title: "Promise",
            unit: Unit::Text,
            means: "Its name in the policy.",
            of: |line| line.key.promise.as_str().into(),
        },
        Figure {
            name: "breached",
            title: "Breached",
            unit: Unit::Count,
            means: "How many were missed: what follows is of these.",
            of: |line| line.breached.into(),
        },
        Figure {
            name: "leg",
            title: "What took time",
            unit: Unit::Text,
            means: "Each instant from the police taking the device until its milestone, or now, belongs to one: what was being done then, or \
                    else the first thing that kept anything from being done.",
            of: |line| super::spelled(line.leg.as_str()),
        },
        Figure {
            name: "mean_seconds",
            title: "Each, on average",
            unit: Unit::Seconds,
            means: "How long that took, divided by how many were missed.",
            of: |line| (line.seconds / i64::try_from(line.breached.max(1)).unwrap_or(i64::MAX)).into(),
        },
        Figure {
            name: "time_permille",
            title: "Of all their time",
            unit: Unit::Permille,
            means: "How much of the whole time of those missed that was; not told of fewer than 20.",
            of: |line| (line.all > 0 && line.breached >= FEWEST).then(|| (line.seconds * 1_000 + line.all / 2) / line.all).into(),
        },
    ];
}

fn legs(lines: &[Line<'_>], by: Option<By>) -> Sheet {
    let mut told = Vec::new();
    for Line { key, cohort } in lines {
        let all = cohort.legs.values().sum();
        let line = |(leg, seconds): (&Leg, &i64)| LegLine { key, breached: cohort.breached, leg: *leg, seconds: *seconds, all };
        told.extend(cohort.legs.iter().map(line));
    }
    let head = ("legs", "Where the time went", "Of all promises that were missed, by what took time.");
    let chart = Chart { apart: &["group", "promise"], names: &["leg"], parts: &["mean_seconds"], bars: Bars::Whole };
    sheet(head, by, &LegLine::FIGURES, &told).drawn(chart)
}

/// Promises that were void for one reason.
struct VoidLine<'a> {
    promise: &'a Word,
    team: Option<&'a str>,
    why: Void,
    count: u64,
}

impl VoidLine<'_> {
    const FIGURES: [Figure<Self>; 5] = [
        Figure {
            name: "promise",
            title: "Promise",
            unit: Unit::Text,
            means: "Its name in the policy.",
            of: |line| line.promise.as_str().into(),
        },
        Figure {
            name: "team",
            title: "Team",
            unit: Unit::Text,
            means: "The team that acts when the officer in the case is off duty; nothing where none is named.",
            of: |line| line.team.into(),
        },
        Figure {
            name: "reason",
            title: "Why",
            unit: Unit::Text,
            means: "Why nobody waited for it any more when it fell due.",
            of: |line| super::spelled(line.why.as_str()),
        },
        Figure {
            name: "count",
            title: "How many",
            unit: Unit::Count,
            means: "How many were void for that reason.",
            of: |line| line.count.into(),
        },
        Figure {
            name: "meaning",
            title: "In words",
            unit: Unit::Text,
            means: "What that reason means.",
            of: |line| meaning(line.why),
        },
    ];
}

fn voids(counted: &Performance) -> Sheet {
    let lines = counted.voids.iter();
    let lines = lines.map(|((promise, team, why), count)| VoidLine { promise, team: team.as_deref(), why: *why, count: *count });
    let lines: Vec<VoidLine<'_>> = lines.collect();
    let about = "Promises of which nobody waited for what was promised any more when they fell due, by reason and team.";
    sheet(("void", "Void", about), None, &VoidLine::FIGURES, &lines)
}

fn meaning(why: Void) -> Cell {
    match why {
        Void::Removed(cause) => super::meaning(cause.as_str(), RemovalCause::WORDS),
        Void::Lapsed => "The flag or the date that it rested on had passed.".into(),
        Void::SentHome => "Its owner has the device back, and nobody examines it.".into(),
    }
}
