//! The plan as a picture: a readable timeline as SVG, one row a slot, closed hours shaded, tiers by colour *and* label.
//!
//! It stands alone: no script, no font, nothing fetched. What is past its right edge is counted in words.

use std::fmt::{self, Display, Write};

use super::{Hold, Plan, Step};
use crate::domain::calendar::Zone;
use crate::domain::establishment::{Resource, Site};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::LOWEST_TIER;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;

/// How far ahead it looks.
const AHEAD: Seconds = Seconds::hours(48);
/// Left edge of the time axis, its width, and the height of a row, in SVG units.
const LEFT: i64 = 190;
const WIDTH: i64 = 1_440;
const ROW: i64 = 18;
/// Height of what stands above the rows.
const HEAD: i64 = 92;
/// Width of a letter, on the generous side.
const LETTER: i64 = 6;
/// Fill of each tier, highest first; each bears white or black letters with a contrast of at least 4.5.
const FILLS: [(&str, &str); 6] = [
    ("#7a0019", "#fff"),
    ("#c2410c", "#fff"),
    ("#f2b134", "#000"),
    ("#1d6fb8", "#fff"),
    ("#8fc1e3", "#000"),
    ("#c9ced6", "#000"),
];

/// Draws the plan of `unit` for the two days after it. `name` turns a queue number into what the reader knows it by, and
/// `short` into as much of that as a box may have room for; what is left out, whoever points at the box is told.
pub fn svg(unit: &Unit, plan: &Plan, name: Naming<'_>, short: Naming<'_>) -> String {
    let mut picture = Picture { unit, plan, name, short, from: plan.now, until: plan.now + AHEAD, out: String::new(), y: HEAD };
    picture.rows();
    let body = std::mem::take(&mut picture.out);
    picture.head();
    picture.hours();
    picture.out + &body + "</svg>\n"
}

/// What a reader knows a submission by.
type Naming<'a> = &'a dyn Fn(QueueNumber) -> String;

struct Picture<'a> {
    unit: &'a Unit,
    plan: &'a Plan,
    name: Naming<'a>,
    short: Naming<'a>,
    from: Timestamp,
    until: Timestamp,
    out: String,
    /// Where the next row begins.
    y: i64,
}

impl<'a> Picture<'a> {
    fn put(&mut self, what: fmt::Arguments<'_>) {
        // Writing to a String can't fail.
        let _ = self.out.write_fmt(what);
        self.out.push('\n');
    }

    /// Where an instant is on the axis.
    fn x(&self, at: Timestamp) -> i64 {
        let inside = (at.max(self.from).min(self.until) - self.from).0;
        LEFT + inside * WIDTH / AHEAD.0
    }

    fn zone(&self) -> &Zone {
        &self.unit.establishment.zone
    }

    /// Title, legend and the frame of it all.
    fn head(&mut self) {
        let (width, height) = (LEFT + WIDTH + 10, self.y + 30);
        let now = self.zone().show(self.plan.now);
        let (shown, later) = (self.plan.steps.iter().filter(|step| step.start < self.until).count(), self.plan.steps.len());
        self.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-labelledby=\"title desc\" font-family=\"system-ui, sans-serif\" font-size=\"11\">"
        ));
        self.put(format_args!("<title id=\"title\">Plan of {} at {now}</title>", Text(&self.unit.establishment.name)));
        self.put(format_args!(
            "<desc id=\"desc\">One row for each slot, two days from left to right; shaded where it is closed. Each box is a \
             stage: submission, stage, tier.</desc>"
        ));
        self.put(format_args!(
            "<defs><pattern id=\"closed\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#e7e9ee\"/>\
             <rect width=\"1\" height=\"6\" fill=\"#d3d7df\"/></pattern></defs>"
        ));
        self.put(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"));
        self.put(format_args!(
            "<text x=\"8\" y=\"20\" font-size=\"15\" font-weight=\"600\">{}: plan of {now}</text>",
            Text(&self.unit.establishment.name)
        ));
        let right = width - 10;
        self.put(format_args!("<text x=\"{right}\" y=\"20\" text-anchor=\"end\" font-weight=\"600\">OFFICIAL-SENSITIVE</text>"));
        self.put(format_args!(
            "<text x=\"8\" y=\"38\">{shown} steps begin in these two days, {} later; {} stages wait without a place. A dark \
             outline is being worked on, a dashed one is accepted.</text>",
            later - shown,
            self.plan.waiting.len()
        ));
        self.legend();
    }

    fn legend(&mut self) {
        let mut x = 8;
        for tier in &self.unit.policy.tiers {
            let (fill, _) = fill(tier.number);
            let label = format!("T{} {}", tier.number, tier.name);
            self.put(format_args!("<rect x=\"{x}\" y=\"47\" width=\"12\" height=\"12\" fill=\"{fill}\" stroke=\"#333\"/>"));
            self.put(format_args!("<text x=\"{}\" y=\"57\" font-size=\"10\">{}</text>", x + 16, Text(&label)));
            x += 34 + width_of(&label) * 9 / 10;
        }
    }

    /// Days and hours, as lines behind everything.
    fn hours(&mut self) {
        let (bottom, until) = (self.y, self.until);
        let hour = Seconds::hours(1);
        let first = self.from.unix() / hour.0 + i64::from(self.from.unix() % hour.0 != 0);
        let mut day = String::new();
        for at in (0..=AHEAD.0 / hour.0).map(|n| Timestamp::from_unix((first + n) * hour.0)).filter(|at| *at <= until) {
            let shown = self.zone().show(at);
            // `Mon 23 Nov 08:00`, and which of two where the hour comes twice.
            let words: Vec<&str> = shown.split(' ').collect();
            let [weekday, date, month, time, ..] = words[..] else { continue };
            let Some((clock, "00")) = time.split_once(':') else { continue };
            let x = self.x(at);
            let today = format!("{weekday} {date} {month}");
            if today != day {
                let left = if day.is_empty() { LEFT } else { x };
                self.put(format_args!("<text x=\"{}\" y=\"74\" font-weight=\"600\">{today}</text>", left + 2));
                day = today;
            }
            let (top, ink) = if clock == "00" { (64, "#555") } else { (80, "#dfe2e8") };
            self.put(format_args!("<path d=\"M{x} {top}V{bottom}\" stroke=\"{ink}\"/>"));
            if clock.parse::<u32>().is_ok_and(|clock| clock % 3 == 0) {
                self.put(format_args!("<text x=\"{x}\" y=\"88\" font-size=\"9\" text-anchor=\"middle\">{clock}</text>"));
            }
        }
    }

    /// Site by site: its slots, then the trips home from it.
    fn rows(&mut self) {
        let unit = self.unit;
        for site in &unit.establishment.sites {
            let resources: Vec<&Resource> = unit.establishment.resources.iter().filter(|r| r.site == site.id).collect();
            let trips = self.trips(site);
            if resources.is_empty() && trips.is_empty() {
                continue;
            }
            self.y += 20;
            let y = self.y - 6;
            self.put(format_args!("<text x=\"8\" y=\"{y}\" font-weight=\"600\">{}</text>", Text(&site.name)));
            for resource in resources {
                for slot in 1..=resource.slots {
                    self.slot(resource, slot);
                }
            }
            for (lane, trips) in lanes(trips).into_iter().enumerate() {
                self.label(&if lane == 0 { "trips home".to_owned() } else { String::new() });
                trips.into_iter().for_each(|step| self.step(step));
                self.y += ROW;
            }
        }
    }

    /// Hand-backs that begin at a site in these days.
    fn trips(&self, site: &Site) -> Vec<&'a Step> {
        let (unit, plan, until) = (self.unit, self.plan, self.until);
        let home = |step: &Step| unit.submissions.get(&step.submission).is_some_and(|s| *s.facts.home() == site.id);
        plan.steps.iter().filter(|step| step.slot.is_none() && step.start < until && home(step)).collect()
    }

    fn slot(&mut self, resource: &Resource, slot: u32) {
        let label = if resource.slots > 1 { format!("{} {slot}", resource.id) } else { resource.id.to_string() };
        self.label(&label);
        self.closed(resource);
        let (plan, until) = (self.plan, self.until);
        let mine = |step: &&Step| step.slot.as_ref().is_some_and(|s| s.resource == resource.id && s.slot == slot);
        plan.steps.iter().filter(|step| step.start < until).filter(mine).for_each(|step| self.step(step));
        self.y += ROW;
    }

    fn label(&mut self, label: &str) {
        let (y, base) = (self.y, self.y + 13);
        self.put(format_args!("<path d=\"M0 {y}H{}\" stroke=\"#eceef2\"/>", LEFT + WIDTH));
        self.put(format_args!("<text x=\"16\" y=\"{base}\">{}</text>", Text(label)));
    }

    /// Shades what is not open.
    fn closed(&mut self, resource: &Resource) {
        let Some(mut windows) = self.unit.windows(resource, self.from) else { return };
        let mut shut = self.from;
        let open = windows.pieces(self.from.unix(), self.until.unix());
        for (open, close) in open.into_iter().chain([(self.until.unix(), self.until.unix())]) {
            let (left, right) = (self.x(shut), self.x(Timestamp::from_unix(open)));
            if right > left {
                let (y, width) = (self.y, right - left);
                self.put(format_args!("<rect x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{ROW}\" fill=\"url(#closed)\"/>"));
            }
            shut = Timestamp::from_unix(close);
        }
    }

    /// A box for each piece of a step, a line between them, its name in the first.
    fn step(&mut self, step: &Step) {
        let tier = self.unit.submissions.get(&step.submission).map_or(LOWEST_TIER, |s| s.tier(self.plan.now));
        let ((fill, ink), outline) = (fill(tier), outline(step.hold));
        let (y, middle) = (self.y + 2, self.y + ROW / 2);
        let whole = [(step.start, step.end)];
        let pieces = if step.segments.is_empty() { &whole[..] } else { &step.segments };
        self.put(format_args!("<g><title>{}</title>", Text(&self.told(step, tier))));
        let (left, right) = (self.x(step.start), self.x(step.end));
        if pieces.len() > 1 {
            self.put(format_args!("<path d=\"M{left} {middle}H{right}\" stroke=\"{fill}\" stroke-width=\"2\"/>"));
        }
        let until = self.until;
        for (start, end) in pieces.iter().filter(|(start, _)| *start < until) {
            let (left, width) = (self.x(*start), (self.x(*end) - self.x(*start)).max(2));
            let height = ROW - 4;
            self.put(format_args!(
                "<rect x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"2\" fill=\"{fill}\" {outline}/>"
            ));
        }
        if let Some((start, end)) = pieces.first() {
            let (left, room) = (self.x(*start).max(LEFT), self.x(*end) - self.x(*start) - 4);
            let fits = |label: &String| width_of(label) <= room;
            if let Some(label) = self.labels(step, tier).into_iter().find(fits) {
                let (x, base) = (left + 3, self.y + 13);
                self.put(format_args!("<text x=\"{x}\" y=\"{base}\" font-size=\"10\" fill=\"{ink}\">{}</text>", Text(&label)));
            }
        }
        self.put(format_args!("</g>"));
    }

    /// What a box may say, the most first.
    fn labels(&self, step: &Step, tier: u8) -> [String; 3] {
        let short = (self.short)(step.submission);
        [format!("T{tier} {short} {}", self.stage(step)), format!("T{tier} {short}"), format!("T{tier}")]
    }

    fn stage(&self, step: &Step) -> String {
        let route = self.unit.submissions.get(&step.submission).and_then(|submission| self.unit.route_of(submission));
        route.and_then(|route| route.stages.get(step.stage)).map_or_else(String::new, |stage| stage.name.to_string())
    }

    /// What is told of a step to whoever points at it.
    fn told(&self, step: &Step, tier: u8) -> String {
        let show = |at| self.zone().show(at);
        let told = format!(
            "{}, {}, tier {tier}: {} to {}",
            (self.name)(step.submission),
            self.stage(step),
            show(step.start),
            show(step.end)
        );
        match super::reason::sentence(&step.because, self.zone(), self.name) {
            why if why.is_empty() => told,
            why => format!("{told}. Not sooner: {why}"),
        }
    }
}

/// Steps in as few lines as keep them apart, by start.
fn lanes(steps: Vec<&Step>) -> Vec<Vec<&Step>> {
    let mut lanes: Vec<Vec<&Step>> = Vec::new();
    for step in steps {
        let free = |lane: &&mut Vec<&Step>| lane.last().is_none_or(|last| last.end <= step.start);
        match lanes.iter_mut().find(free) {
            Some(lane) => lane.push(step),
            None => lanes.push(vec![step]),
        }
    }
    lanes
}

fn fill(tier: u8) -> (&'static str, &'static str) {
    FILLS.get(usize::from(tier)).or(FILLS.last()).copied().unwrap_or(("#fff", "#000"))
}

const fn outline(hold: Hold) -> &'static str {
    match hold {
        Hold::Free => "stroke=\"#fff\" stroke-width=\"0.5\"",
        Hold::Pinned => "stroke=\"#000\" stroke-dasharray=\"3 2\"",
        Hold::Running => "stroke=\"#000\" stroke-width=\"2\"",
    }
}

fn width_of(label: &str) -> i64 {
    i64::try_from(label.chars().count()).unwrap_or(i64::MAX / LETTER) * LETTER
}

/// Text that means nothing to XML.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                // XML knows no other control characters.
                control if control.is_control() => f.write_char(' ')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::plan;
    use crate::planner::testing::unit;

    #[test]
    fn every_step_of_two_days_is_drawn_once_and_told() {
        for seed in 0..40 {
            let (unit, now) = unit(seed, 12);
            let plan = plan(&unit, now);
            let drawn = svg(&unit, &plan, &|number| format!("<{number}> & \"more\""), &|number| format!("<{number}>"));
            let document = roxmltree::Document::parse(&drawn).unwrap();
            let boxes = document.descendants().filter(|node| node.has_tag_name("g")).count();
            let expected = plan.steps.iter().filter(|step| step.start < now + AHEAD).count();
            assert_eq!(boxes, expected, "seed {seed}");
            assert!(expected == 0 || drawn.contains("&lt;Q"), "names are text");
            assert!(drawn.contains("OFFICIAL-SENSITIVE"));
        }
    }

    #[test]
    fn tiers_are_told_apart_by_what_is_written_too() {
        let contrast = |(fill, ink): (&str, &str)| {
            let light = |hex: &str| -> f64 {
                let digits: Vec<u8> = match hex.len() {
                    4 => hex[1..].chars().map(|c| u8::try_from(c.to_digit(16).unwrap() * 17).unwrap()).collect(),
                    _ => (1..7).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect(),
                };
                let linear = |v: u8| {
                    let v = f64::from(v) / 255.0;
                    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
                };
                0.2126 * linear(digits[0]) + 0.7152 * linear(digits[1]) + 0.0722 * linear(digits[2])
            };
            let (a, b) = (light(fill).max(light(ink)), light(fill).min(light(ink)));
            (a + 0.05) / (b + 0.05)
        };
        for pair in FILLS {
            assert!(contrast(pair) >= 4.5, "{pair:?}: {:.2}", contrast(pair));
        }
    }
}
