//! All seeds of a simulation on one chart: the share that is kept of each promise in each order, and how sure that is.

use std::fmt::Write;

use super::{ROW, WIDE, escaped};
use crate::cli::simulate::table::{OVER_SEEDS, is_few, lines_over, of_seeds, over_seeds_row};
use crate::simulate::seeds::OverSeeds;

/// Where the scale begins, in pixels.
const LEFT: f64 = 220.0;

/// The chart with its table.
pub fn section(all: &OverSeeds) -> String {
    let seeds = of_seeds(all).unwrap_or_default();
    format!(
        "<section><h2>All seeds together</h2><p>{}: the figures above are those of the first. A dot is the mean, its line the 95 % \
         confidence interval.</p>{}{}</section>",
        escaped(&capital(&seeds)),
        chart(all),
        table(all)
    )
}

fn chart(all: &OverSeeds) -> String {
    let height = lines_over(all).count() * ROW + 24;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"Share kept of each promise in each order, with its confidence interval\" width=\"720\" \
         height=\"{height}\" viewBox=\"0 0 720 {height}\">"
    );
    for percent in [0_u8, 25, 50, 75, 100] {
        let x = at(f64::from(percent) / 100.0);
        let _ = write!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{}\" stroke=\"#bbb\"/><text x=\"{x:.1}\" y=\"{}\" \
             text-anchor=\"middle\">{percent} %</text>",
            height - 22,
            height - 6
        );
    }
    for (row, one) in lines_over(all).enumerate() {
        let y = row * ROW + ROW / 2;
        let name = format!("{}, {}", one.promise, one.order);
        let _ = write!(svg, "<text x=\"0\" y=\"{}\">{}</text>", y + 5, escaped(&name));
        // No more than the table tells.
        let Some(share) = one.kept_share.filter(|_| !is_few(one.kept + one.breached)) else { continue };
        let within = share.within.unwrap_or(0.0);
        let (from, until) = (at((share.mean - within).max(0.0)), at((share.mean + within).min(1.0)));
        let _ = write!(
            svg,
            "<line x1=\"{from:.1}\" x2=\"{until:.1}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#1b6e3c\" stroke-width=\"3\"/>\
             <circle cx=\"{:.1}\" cy=\"{y}\" r=\"5\" fill=\"#1b6e3c\"/>",
            at(share.mean)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Where a share stands, in pixels.
fn at(share: f64) -> f64 {
    LEFT + share * WIDE
}

fn table(all: &OverSeeds) -> String {
    let mut table = String::from("<table><tr>");
    for head in OVER_SEEDS {
        let _ = write!(table, "<th scope=\"col\">{head}</th>");
    }
    table.push_str("</tr>");
    for one in lines_over(all) {
        table.push_str("<tr>");
        for cell in over_seeds_row(one) {
            let _ = write!(table, "<td>{}</td>", escaped(&cell));
        }
        table.push_str("</tr>");
    }
    table.push_str("</table>");
    table
}

/// A sentence begins with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
