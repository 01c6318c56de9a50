//! The schedule as one page to be printed: nothing to load, nothing that runs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::domain::calendar::Zone;
use crate::domain::time::Timestamp;
use crate::http::views::schedule::{Line, Schedule, Work};

const STYLE: &str = include_str!("page.css");

/// What the page may do: show itself, with its own style.
pub fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
}

/// The page. Times are those of the unit's clocks.
pub fn page(schedule: &Schedule<'_>, zone: &Zone) -> String {
    let reference = schedule.reference.as_ref().map_or_else(|| "redacted".to_owned(), ToString::to_string);
    let title = format!("Schedule of {} ({reference})", schedule.id.0);
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.marking { (schedule.marking) }
                main {
                    h1 { "Continuity and methods of " (reference) }
                    (head(schedule, zone))
                    h2 { "Continuity" }
                    p { "Who had the device, where, from when on. Times are those of " (zone.time_zone.name()) "; where an entry was recorded later than it happened, both stand here." }
                    (lines(&schedule.continuity, zone, true))
                    h2 { "Methods" }
                    (methods(&schedule.methods, zone))
                    h2 { "Authority" }
                    (lines(&schedule.authority, zone, false))
                    h2 { "Corrections" }
                    (lines(&schedule.corrections, zone, false))
                    (foot(schedule, zone))
                }
                p.marking { (schedule.marking) }
            }
        }
    };
    page.into_string()
}

fn head(schedule: &Schedule<'_>, zone: &Zone) -> Markup {
    let what: Vec<&str> = [Some(schedule.device.as_str()), schedule.make, schedule.model].into_iter().flatten().collect();
    let scope = match (schedule.scope, schedule.scope_from, schedule.scope_to) {
        ([], None, None) => "not limited on record".to_owned(),
        (words, from, to) => {
            let day = |day: Option<chrono::NaiveDate>| day.map_or_else(|| "any day".to_owned(), |day| day.to_string());
            let words = if words.is_empty() { "all data".to_owned() } else { words.join(", ") };
            format!("{words}; from {} to {}", day(from), day(to))
        }
    };
    let by = schedule.prepared_by.as_deref().unwrap_or("nobody named");
    html! {
        dl {
            dt { "Queue number" } dd { (schedule.id.0.to_string()) }
            dt { "Device" } dd { (what.join(" ")) ", of the " (schedule.owner.to_string()) }
            @if let Some(parent) = schedule.parent { dt { "Part of" } dd { (parent) } }
            @if !schedule.parts.is_empty() { dt { "Parts" } dd { (schedule.parts.join(", ")) } }
            dt { "Scope" } dd { (scope) }
            dt { "Prepared" } dd { (zone.show_in_full(schedule.prepared_at)) " by " (by) }
        }
    }
}

/// A table of what happened; with whose hands the device went through, or without.
fn lines(lines: &[Line], zone: &Zone, hands: bool) -> Markup {
    if lines.is_empty() {
        return html! { p.none { "None on record." } };
    }
    html! {
        table {
            thead { tr {
                th scope="col" { "When" }
                th scope="col" { "What" }
                @if hands {
                    th scope="col" { "Place" }
                    th scope="col" { "From" }
                    th scope="col" { "To" }
                    th scope="col" { "Seal" }
                }
                th scope="col" { "Recorded by" }
                th scope="col" { "Entry" }
            } }
            tbody {
                @for line in lines {
                    tr {
                        td.when { (when(line, zone)) }
                        td { (line.text) }
                        @if hands {
                            td { (line.place.as_deref().unwrap_or("")) }
                            td { (line.from.as_deref().unwrap_or("")) }
                            td { (line.to.as_deref().unwrap_or("")) }
                            td { (line.seal.as_deref().unwrap_or("")) }
                        }
                        td { (line.recorded_by) }
                        td.number { (line.seq) }
                    }
                }
            }
        }
    }
}

/// When it happened; and when it was told, where that was not within the minute.
fn when(line: &Line, zone: &Zone) -> Markup {
    let late = (line.recorded_at - line.at).0 > 60;
    html! {
        (zone.show_in_full(line.at))
        @if late { br; span.late { "recorded " (zone.show_in_full(line.recorded_at)) } }
    }
}

fn methods(methods: &[Work], zone: &Zone) -> Markup {
    if methods.is_empty() {
        return html! { p.none { "No work on record." } };
    }
    let until = |at: Option<Timestamp>| at.map_or_else(|| "under way".to_owned(), |at| zone.show_in_full(at));
    html! {
        table {
            thead { tr {
                th scope="col" { "Stage" } th scope="col" { "By" } th scope="col" { "On" } th scope="col" { "From" } th scope="col" { "Until" }
                th scope="col" { "Outcome" } th scope="col" { "Tool" } th scope="col" { "SHA-256" } th scope="col" { "Entries" }
            } }
            tbody {
                @for work in methods {
                    tr {
                        td { (work.stage.as_ref().map_or("", |stage| stage.as_str())) }
                        td { (work.by) }
                        td { (work.resource) "/" (work.slot) @if let Some(place) = &work.place { " at " (place) } }
                        td.when { (zone.show_in_full(work.started_at)) }
                        td.when { (until(work.ended_at)) }
                        td { (work.outcome.replace('_', " ")) @if let Some(reason) = &work.reason { ": " (reason) } }
                        td { (work.tool.as_deref().unwrap_or("")) " " (work.tool_version.as_deref().unwrap_or("")) }
                        td.hash { (work.hash.as_deref().unwrap_or("")) }
                        td.number { (work.seq.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")) }
                    }
                }
            }
        }
    }
}

fn foot(schedule: &Schedule<'_>, zone: &Zone) -> Markup {
    html! {
        p.foot {
            "Read from the ledger of dfqueue as of entry " (schedule.ledger_seq) ", " (zone.show_in_full(schedule.prepared_at))
            ". Its chain of SHA-256 hashes ends in " span.hash { (schedule.ledger_chain) }
            "; " code { "dfqueue ledger verify" } " shows that no entry was changed since."
        }
    }
}
