//! Charts: a bar for each row of a sheet, made of parts that add up, or a bar for each part. The table below has the same figures in words.
//!
//! Nobody needs to tell colours apart: parts are parted by a gap, and their numbers stand beside the bar in the order of the legend. Every
//! colour stands out from the page by 3 to 1 at least (WCAG 2.2, 1.4.11).

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::report::{Bars, Cell, Chart, Column, Row, Sheet};

/// Width of the names, of the longest bar, and of all, in pixels.
const NAMES: i64 = 230;
const BAR: i64 = 420;
const WIDE: i64 = 900;
/// Height of a bar with the gap below it, in pixels.
const LINE: i64 = 24;
/// Of more rows than this no chart is drawn: nobody could read it.
const MOST: usize = 60;
/// One for each part, in order: none of them says that anything is good or bad.
pub const COLOURS: [&str; 6] = ["#1d4f91", "#8a5a00", "#6b3fa0", "#5f6368", "#0b6b75", "#3d3d3d"];
/// The same where the first part is good and the second bad.
pub const JUDGED: [&str; 4] = ["#1b6e3c", "#b3261e", "#5f6368", "#1d4f91"];

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
    let colours: Vec<&str> = if chart.bars == Bars::Judged { JUDGED.to_vec() } else { COLOURS.to_vec() };
    let lines: Vec<Line<'_>> = rows.iter().flat_map(|row| lines(sheet, chart, (parts, &colours), row)).collect();
    let most = lines.iter().map(|line| line.parts.iter().map(|(long, _)| long).sum::<i64>()).max().unwrap_or(0).max(1);
    let height = i64::try_from(lines.len() + 1).unwrap_or(0) * LINE;
    let what = parts.iter().map(|part| part.title.to_lowercase()).collect::<Vec<_>>().join(", ");
    let of = [&[sheet.title.clone()][..], title].concat().join(", ");
    let label = format!("{of}: {what}; the table has the figures");
    html! {
        svg role="img" aria-label=(label) width=(WIDE) height=(height) viewBox=(format!("0 0 {WIDE} {height}")) {
            (legend(parts, &colours))
            @for (place, line) in (1..).zip(&lines) {
                text x="0" y=(place * LINE + 15) { (line.name) }
                @for (x, width, colour) in bars(&line.parts, most) {
                    rect x=(x) y=(place * LINE) width=(width) height="18" fill=(colour) {}
                }
                text x=(NAMES + BAR + 10) y=(place * LINE + 15) { (line.figures) }
            }
        }
    }
}

/// One line of a drawing: its name, how long each part of its bar is and in which colour, and the figures beside it.
struct Line<'a> {
    name: String,
    parts: Vec<(i64, &'a str)>,
    figures: String,
}

/// The lines of a row: one of parts that add up, or one for each part, the row's name before the first.
fn lines<'a>(sheet: &Sheet, chart: &Chart, (parts, colours): (&[&Column], &[&'a str]), row: &Row) -> Vec<Line<'a>> {
    let name = words(sheet, chart.names, row).join(", ");
    let long = |part: &&Column| number(part, row);
    if chart.bars != Bars::Beside {
        let figures = parts.iter().map(|part| part.write(row)).collect::<Vec<_>>().join(" / ");
        return vec![Line { name, parts: parts.iter().map(long).zip(colours.iter().copied()).collect(), figures }];
    }
    let each = parts.iter().zip(colours).enumerate();
    each.map(|(place, (part, colour))| Line {
        name: if place == 0 { name.clone() } else { String::new() },
        parts: vec![(long(part), colour)],
        figures: part.write(row),
    })
    .collect()
}

fn legend(parts: &[&Column], colours: &[&str]) -> Markup {
    let step = (WIDE - NAMES) / i64::try_from(parts.len()).unwrap_or(1).max(1);
    html! {
        @for ((place, part), colour) in (0..).zip(parts).zip(colours) {
            rect x=(NAMES + place * step) y="3" width="12" height="12" fill=(colour) {}
            text x=(NAMES + place * step + 18) y="14" { (part.title) }
        }
    }
}

/// Where each part of a bar begins, how wide it is less the gap after it, and its colour.
fn bars<'a>(parts: &[(i64, &'a str)], most: i64) -> Vec<(i64, i64, &'a str)> {
    let mut bars = Vec::new();
    let mut before = 0;
    for (long, colour) in parts {
        let after = before + long;
        let (from, to) = (BAR * before / most, BAR * after / most);
        if after > before {
            bars.push((NAMES + from, (to - from - 2).max(1), *colour));
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
