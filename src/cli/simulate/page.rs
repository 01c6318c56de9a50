//! The figures of a simulation as one self-contained page: charts, each with its table.

mod over;

use std::fmt::Write;

use super::Runs;
use super::table::{DEFINITIONS, is_few, share};
use crate::cli::output::count;
use crate::domain::establishment::Establishment;
use crate::simulate::calibration::Calibration;
use crate::simulate::outcome::{Outcome, Promised};

/// Width of the bars, in pixels.
const WIDE: f64 = 420.0;
/// Height of a bar with the gap below it, in pixels.
const ROW: usize = 26;

/// The whole page.
pub fn page(unit: &Establishment, runs: &Runs) -> String {
    let title = format!("{}, simulated", escaped(&unit.name));
    let show = |at| unit.zone.show_with_year(at);
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><p class=\"mark\">OFFICIAL-SENSITIVE</p><h1>{title}</h1>\
         <p>{}{} from {} to {}. Seed {}. Ledger digest{} <code>{}</code>.</p>",
        if runs.changes.is_empty() { String::new() } else { escaped(&format!("What if: {}. ", runs.changes.join(", "))) },
        count(usize::try_from(runs.days).unwrap_or(usize::MAX), "day"),
        escaped(&show(runs.from)),
        escaped(&show(runs.until)),
        runs.seed,
        if runs.orders.len() > 1 { " of all orders together" } else { "" },
        runs.ledger_digest
    );
    let names = runs.orders.first().map_or(&[][..], |order| &order.promises);
    for (index, promise) in names.iter().enumerate().filter(|(_, promise)| promise.arrived > 0) {
        let of = |order: &'_ Outcome| order.promises.get(index).cloned();
        let lines: Vec<(String, Promised)> =
            runs.orders.iter().filter_map(|order| Some((order.order.to_string(), of(order)?))).collect();
        let heading = format!("{} (tier {})", escaped(promise.promise.as_str()), promise.tier);
        let _ = write!(page, "<section><h2>{heading}</h2>{}{}</section>", chart(&heading, &lines), figures(&lines));
    }
    if let Some(all) = &runs.over_seeds {
        page.push_str(&over::section(all));
    }
    for found in runs.orders.iter().filter_map(|order| order.calibration.as_ref()) {
        let _ = write!(page, "<section><h2>Whether forecasts held</h2>{}</section>", calibration(found));
    }
    let _ = write!(page, "<section><h2>How busy everyone was</h2>{}</section>", busy(runs));
    let _ = write!(page, "<section><h2>What the figures mean</h2><p>{}</p></section></main></body></html>", escaped(DEFINITIONS));
    page
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0}main{max-width:72rem;\
margin:0 auto;padding:1rem}table{border-collapse:collapse;margin:.5rem 0;font-size:.875rem;font-variant-numeric:tabular-nums}th,td{padding:.2rem .5rem;white-space:nowrap;\
text-align:right;border-bottom:1px solid #bbb}th:first-child,td:first-child{text-align:left}.mark{font-weight:bold;letter-spacing:.05em}\
code{overflow-wrap:anywhere}section{overflow-x:auto}svg text{font:14px system-ui,sans-serif;fill:#1a1a1a}";

/// Kept, breached and void of what fell due, one bar an order.
fn chart(heading: &str, lines: &[(String, Promised)]) -> String {
    let height = lines.len() * ROW + 24;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"{heading}: kept, breached and void of what fell due\" width=\"640\" height=\"{height}\" \
         viewBox=\"0 0 640 {height}\">"
    );
    for (row, (order, promised)) in lines.iter().enumerate() {
        let y = row * ROW;
        let _ = write!(svg, "<text x=\"0\" y=\"{}\">{}</text>", y + 15, escaped(order));
        let mut x = 80.0;
        for (count, colour) in [(promised.kept, "#1b6e3c"), (promised.breached, "#b3261e"), (promised.void, "#8a8a8a")] {
            let width = length(count, promised.due);
            let _ = write!(svg, "<rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"20\" fill=\"{colour}\"/>");
            x += width;
        }
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{}\">{}</text>", 80.0 + WIDE + 8.0, y + 15, escaped(&share(promised)));
    }
    let legend = lines.len() * ROW + 16;
    for (x, colour, word) in [(80, "#1b6e3c", "kept"), (160, "#b3261e", "breached"), (270, "#8a8a8a", "void")] {
        let _ = write!(
            svg,
            "<rect x=\"{x}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{}\" y=\"{legend}\">{word}</text>",
            legend - 11,
            x + 17
        );
    }
    svg.push_str("</svg>");
    svg
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn length(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { WIDE * count as f64 / of as f64 }
}

fn figures(lines: &[(String, Promised)]) -> String {
    let mut table = String::from("<table><tr>");
    let heads =
        ["order", "arrived", "due", "kept", "breached", "unavoidable", "void", "open", "kept of due", "hours p50", "p90", "max"];
    for head in heads.into_iter().chain(["oldest open"]) {
        let _ = write!(table, "<th scope=\"col\">{head}</th>");
    }
    table.push_str("</tr>");
    let hours = |hours: Option<f64>| hours.map_or_else(|| "-".into(), |hours| format!("{hours:.1}"));
    for (order, p) in lines {
        let counts = [p.arrived, p.due, p.kept, p.breached, p.unavoidable, p.void, p.open].map(|n| n.to_string());
        let _ = write!(table, "<tr><td>{}</td>", escaped(order));
        let times = [p.hours.p50, p.hours.p90, p.hours.max, p.longest_open_hours].map(hours);
        for cell in counts.into_iter().chain([share(p)]).chain(times) {
            let _ = write!(table, "<td>{}</td>", escaped(&cell));
        }
        table.push_str("</tr>");
    }
    table.push_str("</table>");
    table
}

/// What was said of promises and what became of them, by tenths of probability: a bar of those that were late, a line where they should be.
fn calibration(found: &Calibration) -> String {
    let rows = || found.deciles.iter().zip(0_u32..);
    let height = found.deciles.len() * ROW + 4;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"Share of promises that were late, by the probability that was said\" width=\"640\" \
         height=\"{height}\" viewBox=\"0 0 640 {height}\">"
    );
    let mut table = String::from(
        "<table><tr><th scope=\"col\">said to be late with</th><th scope=\"col\">forecasts</th><th scope=\"col\">on average</th>\
         <th scope=\"col\">were late</th></tr>",
    );
    for (decile, tenth) in rows() {
        let y = usize::try_from(tenth).unwrap_or(0) * ROW;
        let name = format!("{} to {} %", tenth * 10, tenth * 10 + 10);
        let late = decile.late.filter(|_| !is_few(decile.forecasts));
        let told = late.map_or_else(
            || format!("{} forecasts", decile.forecasts),
            |late| format!("{} of {}", percent(Some(late)), decile.forecasts),
        );
        let _ = write!(svg, "<text x=\"0\" y=\"{}\">{name}</text>", y + 15);
        if let Some(late) = late {
            let _ = write!(svg, "<rect x=\"100\" y=\"{y}\" width=\"{:.1}\" height=\"20\" fill=\"#b3261e\"/>", late * WIDE);
        }
        if let Some(said) = decile.said {
            let _ = write!(
                svg,
                "<rect x=\"{:.1}\" y=\"{y}\" width=\"3\" height=\"20\" fill=\"#1a1a1a\"/>",
                100.0 + said * WIDE - 1.5
            );
        }
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{}\">{told}</text>", 100.0 + WIDE + 8.0, y + 15);
        let late = if is_few(decile.forecasts) { "-".into() } else { percent(decile.late) };
        let _ = write!(
            table,
            "<tr><td>{name}</td><td>{}</td><td>{}</td><td>{late}</td></tr>",
            decile.forecasts,
            percent(decile.said)
        );
    }
    svg.push_str("</svg>");
    table.push_str("</table>");
    let brier = found.brier.map_or_else(|| "-".into(), |brier| format!("{brier:.3}"));
    format!(
        "<p>Once a day each promise was said to be late with some probability. A bar: how many of those were late; its black line: how many \
         should have been. Of {} times that a promise was said to be reached by then in nine of ten, {} were. Brier score {brier}.</p>{svg}{table}",
        found.etas,
        percent(found.p90_holds)
    )
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".into(), |share| format!("{:.1} %", share * 100.0))
}

fn busy(runs: &Runs) -> String {
    let mut table = String::from("<table><tr><th scope=\"col\">order</th>");
    let kinds: Vec<_> = runs.orders.first().map_or_else(Vec::new, |order| order.utilisation.keys().copied().collect());
    for kind in &kinds {
        let _ = write!(table, "<th scope=\"col\">{kind}</th>");
    }
    table.push_str("</tr>");
    for order in &runs.orders {
        let _ = write!(table, "<tr><td>{}</td>", order.order);
        for kind in &kinds {
            let share = order.utilisation.get(kind).copied().unwrap_or_default();
            let _ = write!(table, "<td>{:.1} %</td>", share * 100.0);
        }
        table.push_str("</tr>");
    }
    table.push_str("</table>");
    table
}

/// Text that can't be anything but text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
