//! A report as one page: charts, each with its table and what its figures mean; nothing to load, nothing that runs.

mod chart;

#[cfg(test)]
pub(super) use chart::{COLOURS, JUDGED};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{Report, Sheet, Unit, heading};
use crate::domain::calendar::Zone;

const STYLE: &str = include_str!("page.css");

/// What the page may do: show itself, with its own style. It says so itself, too, for when it is kept as a file.
pub fn policy() -> String {
    format!("{}; frame-ancestors 'none'", policy_of_a_file())
}

/// The same, as far as a page may say it of itself.
fn policy_of_a_file() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// The page. Times are those of the unit's clocks.
pub fn page(report: &Report, zone: &Zone) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy_of_a_file());
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.title) ", " (report.unit) ", " (report.from) " to " (report.to) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.marking { (report.classification) }
                main {
                    h1 { (report.title) }
                    p { (heading(report, zone)) }
                    @for sheet in &report.sheets { (section(sheet)) }
                }
                p.marking { (report.classification) }
            }
        }
    };
    page.into_string()
}

fn section(sheet: &Sheet) -> Markup {
    html! {
        section aria-labelledby=(sheet.name) {
            h2 id=(sheet.name) { (sheet.title) }
            p { (sheet.about) }
            @if sheet.rows.is_empty() {
                p { "Nothing to tell." }
            } @else {
                (chart::charts(sheet))
                (table(sheet))
            }
            h3 { "What the figures mean" }
            dl {
                @for column in &sheet.columns { dt { (column.title) } dd { (column.means) } }
            }
        }
    }
}

/// A wide table is moved sideways with the keyboard, too: it can be focused.
fn table(sheet: &Sheet) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(format!("Table: {}", sheet.title)) {
            table {
                caption { (sheet.title) }
                thead { tr {
                    @for column in &sheet.columns { th scope="col" { (column.title) } }
                } }
                tbody {
                    @for row in &sheet.rows {
                        tr {
                            @for column in &sheet.columns {
                                @if matches!(column.unit, Unit::Text | Unit::Day) { td { (column.write(row)) } }
                                @else { td.number { (column.write(row)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
