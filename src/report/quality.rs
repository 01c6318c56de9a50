//! The report on data quality as a sheet.

use super::{Figure, Sheet, Unit, meaning, sheet, spelled};
use crate::domain::data_quality::{Finding, Tally};
use crate::domain::reports::By;
use crate::domain::submission::Vocabulary;

/// In how many submissions of a group one thing was found.
struct Line<'a> {
    group: Option<&'a str>,
    finding: Finding,
    tally: &'a Tally,
}

impl Line<'_> {
    const FIGURES: [Figure<Self>; 7] = [
        Figure { name: super::GROUP, title: "Group", unit: Unit::Text, means: super::GROUP_MEANS, of: |line| line.group.into() },
        Figure {
            name: "class",
            title: "Class",
            unit: Unit::Text,
            means: "Missing, contradictory, or suspicious: it may well be so, and is worth a question where there are many.",
            of: |line| line.finding.class().as_str().into(),
        },
        Figure {
            name: "finding",
            title: "Finding",
            unit: Unit::Text,
            means: "What was found.",
            of: |line| spelled(line.finding.as_str()),
        },
        Figure {
            name: "count",
            title: "In",
            unit: Unit::Count,
            means: "In how many submissions.",
            of: |line| line.tally.of(line.finding).into(),
        },
        Figure {
            name: "of",
            title: "Of",
            unit: Unit::Count,
            means: "How many submissions were registered in the period.",
            of: |line| line.tally.submissions.into(),
        },
        Figure {
            name: "share_permille",
            title: "Share",
            unit: Unit::Permille,
            means: "In how many of those; not told of fewer than 20.",
            of: |line| line.tally.permille(line.finding).into(),
        },
        Figure {
            name: "meaning",
            title: "In words",
            unit: Unit::Text,
            means: "What the finding means.",
            of: |line| meaning(line.finding.as_str(), Finding::WORDS),
        },
    ];
}

/// Its sheet, of the tallies of groups.
pub fn sheets<'a>(groups: impl IntoIterator<Item = (Option<&'a str>, &'a Tally)>, by: Option<By>) -> Vec<Sheet> {
    let line = |(group, tally): (Option<&'a str>, &'a Tally)| {
        let found = Finding::ALL.iter().filter(move |finding| tally.of(**finding) > 0);
        found.map(move |finding| Line { group, finding: *finding, tally })
    };
    let lines: Vec<Line<'_>> = groups.into_iter().flat_map(line).collect();
    let about =
        "What is missing, contradictory or suspicious in what was registered in the period. It judges records, not people.";
    vec![sheet(("quality", "Data quality", about), by, &Line::FIGURES, &lines)]
}
