//! Charts: a bar for each row of a sheet, made of parts that add up. The table below has the same figures in words.
//!
//! Nobody needs to tell colours apart: parts are parted by a gap, and their numbers stand beside the bar in the order of the legend. Every
//! colour stands out from the page by 3 to 1 at least (WCAG 2.2, 1.4.11).

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::report::{Cell, Chart, Column, Row, Sheet};

/// Width of the names, of the longest bar, and of all, in pixels.
const NAMES: i64 = 230;
const BAR: i64 = 420;
const WIDE: i64 = 900;
/// Height of a bar with the gap below it, in pixels.
const LINE: i64 = 24;
/// Of more rows than this no chart is drawn: nobody could read it.
const MOST: usize = 60;
/// One for each part, in order.
pub const COLOURS: [&str; 6] = ["#1b6e3c", "#b3261e", "#5f6368", "#1d4f91", "#8a5a00", "#6b3fa0"];

/// The charts of a sheet that is drawn.
pub fn charts(sheet: &Sheet) -> Markup {
    let Some(chart) = &sheet.chart else { return html! {} };
    let mut apart: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for row in &sheet.rows {
        apart.entry(words(sheet, chart.apart, row)).or_default().push(row);
    }
    let parts: Vec<&Column> = chart.parts.iter().filter_map(|name| column(sheet, name)).collect();
    html! {
        @for (title, rows) in apart.iter().filter(|(_, rows)| rows.len() <= MOST) {
            @if !title.is_empty() { h3 { (title.join(", ")) } }
            (drawing(sheet, chart, title, &parts, rows))
        }
    }
}

fn drawing(sheet: &Sheet, chart: &Chart, title: &[String], parts: &[&Column], rows: &[&Row]) -> Markup {
    let most = rows.iter().map(|row| parts.iter().map(|part| number(part, row)).sum::<i64>()).max().unwrap_or(0).max(1);
    let height = i64::try_from(rows.len() + 1).unwrap_or(0) * LINE;
    let what = parts.iter().map(|part| part.title.to_lowercase()).collect::<Vec<_>>().join(", ");
    let of = [&[sheet.title.clone()][..], title].concat().join(", ");
    let label = format!("{of}: {what}; the table has the figures");
    html! {
        svg role="img" aria-label=(label) width=(WIDE) height=(height) viewBox=(format!("0 0 {WIDE} {height}")) {
            (legend(parts))
            @for (line, row) in (1..).zip(rows) {
                text x="0" y=(line * LINE + 15) { (words(sheet, chart.names, row).join(", ")) }
                @for (x, width, colour) in bars(parts, row, most) {
                    rect x=(x) y=(line * LINE) width=(width) height="18" fill=(colour) {}
                }
                text x=(NAMES + BAR + 10) y=(line * LINE + 15) {
                    (parts.iter().map(|part| part.write(row)).collect::<Vec<_>>().join(" / "))
                }
            }
        }
    }
}

fn legend(parts: &[&Column]) -> Markup {
    let step = (WIDE - NAMES) / i64::try_from(parts.len()).unwrap_or(1).max(1);
    html! {
        @for ((place, part), colour) in (0..).zip(parts).zip(COLOURS) {
            rect x=(NAMES + place * step) y="3" width="12" height="12" fill=(colour) {}
            text x=(NAMES + place * step + 18) y="14" { (part.title) }
        }
    }
}

/// Where each part of a bar begins, how wide it is less the gap after it, and its colour.
fn bars(parts: &[&Column], row: &Row, most: i64) -> Vec<(i64, i64, &'static str)> {
    let mut bars = Vec::new();
    let mut before = 0;
    for (part, colour) in parts.iter().zip(COLOURS) {
        let after = before + number(part, row);
        let (from, to) = (BAR * before / most, BAR * after / most);
        if after > before {
            bars.push((NAMES + from, (to - from - 2).max(1), colour));
        }
        before = after;
    }
    bars
}

fn number(column: &Column, row: &Row) -> i64 {
    if let Cell::Number(number) = column.of(row) { (*number).max(0) } else { 0 }
}

fn words(sheet: &Sheet, names: &[&str], row: &Row) -> Vec<String> {
    names.iter().filter_map(|name| column(sheet, name)).map(|column| column.write(row)).collect()
}

fn column<'a>(sheet: &'a Sheet, name: &str) -> Option<&'a Column> {
    sheet.columns.iter().find(|column| column.name == name)
}
