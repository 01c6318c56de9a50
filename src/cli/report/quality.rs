//! Data quality as a table.

use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::cli::client::typed;
use crate::cli::output;

#[derive(Debug, Deserialize)]
struct Quality {
    all: Group,
    groups: Vec<Group>,
    definitions: Vec<Definition>,
}

#[derive(Debug, Deserialize)]
struct Group {
    group: Option<String>,
    submissions: u64,
    findings: Vec<Found>,
}

#[derive(Debug, Deserialize)]
struct Found {
    finding: String,
    count: u64,
    permille: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Definition {
    finding: String,
    class: String,
    text: String,
}

/// What was found, a line each, by group where the report is broken down.
pub fn table(answer: &Value, by: Option<&str>) -> Result<String> {
    let quality: Quality = typed(answer)?;
    let groups = if by.is_some() { &quality.groups } else { std::slice::from_ref(&quality.all) };
    let lines = groups.iter().flat_map(|group| group.findings.iter().map(move |found| (group, found)));
    let lines: Vec<Vec<String>> = lines.map(|(group, found)| line(&quality, by, group, found)).collect();
    if lines.is_empty() {
        return Ok(format!("nothing is found in {} submissions\n", quality.all.submissions));
    }
    let header = [by.unwrap_or("of"), "class", "finding", "in", "of", "share", "means"];
    Ok(format!("OFFICIAL-SENSITIVE\n\n{}", output::table(&header, lines, output::width())))
}

fn line(quality: &Quality, by: Option<&str>, group: &Group, found: &Found) -> Vec<String> {
    let definition = quality.definitions.iter().find(|definition| definition.finding == found.finding);
    let (class, text) = definition.map_or(("", ""), |definition| (definition.class.as_str(), definition.text.as_str()));
    let name = group.group.clone().unwrap_or_else(|| if by.is_some() { "(none)".into() } else { "all".into() });
    let share = found.permille.map_or_else(|| "-".into(), |permille| format!("{}.{} %", permille / 10, permille % 10));
    let (count, of) = (found.count.to_string(), group.submissions.to_string());
    vec![name, class.into(), found.finding.replace('_', " "), count, of, share, text.into()]
}
