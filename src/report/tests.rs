//! What reports are written as: the same figures everywhere, each with its definition, and nothing that runs.

use super::*;

fn zone() -> Zone {
    Zone { time_zone: chrono_tz::Europe::London, holidays: std::collections::BTreeSet::new() }
}

/// A line of a sheet of two.
struct Line(&'static str, Option<u64>, Option<i64>);

const FIGURES: [Figure<Line>; 4] = [
    Figure { name: GROUP, title: "Group", unit: Unit::Text, means: GROUP_MEANS, of: |line| line.0.into() },
    Figure { name: "kept", title: "Kept", unit: Unit::Count, means: "How many were kept.", of: |line| line.1.into() },
    Figure {
        name: "kept_permille",
        title: "Share",
        unit: Unit::Permille,
        means: "=Kept, \"of\" those due.",
        of: |line| line.1.filter(|kept| *kept > 19).map(|kept| kept * 10).into(),
    },
    Figure { name: "p50_seconds", title: "Half within", unit: Unit::Seconds, means: "Half of them.", of: |line| line.2.into() },
];

fn report() -> Report {
    let lines = [Line("=HYPERLINK(\"x\")", Some(96), Some(5_400)), Line("<b>North</b>", Some(3), None)];
    let chart = Chart { apart: &[], names: &[GROUP], parts: &["kept"], bars: Bars::Judged };
    Report {
        report: "performance".into(),
        title: "Performance".into(),
        unit: "Northshire DFU".into(),
        from: "2026-11-01".parse().unwrap(),
        to: "2026-11-30".parse().unwrap(),
        by: Some(By::Force),
        as_of: "2026-11-30T08:00:00Z".parse().unwrap(),
        classification: MARKING.into(),
        sheets: vec![sheet(("promises", "Promises", "What became of them."), Some(By::Force), &FIGURES, &lines).drawn(chart)],
    }
}

#[test]
fn csv_is_one_table_with_raw_numbers_and_definitions_and_no_formulas() {
    let text = String::from_utf8(csv(&report()).unwrap()).unwrap();
    assert_eq!(
        text,
        "classification,sheet,group,kept,kept_permille,p50_seconds,figure,means\n\
         OFFICIAL-SENSITIVE,promises,\"'=HYPERLINK(\"\"x\"\")\",96,960,5400,,\n\
         OFFICIAL-SENSITIVE,promises,<b>North</b>,3,,,,\n\
         OFFICIAL-SENSITIVE,promises,,,,,group,What the report is broken down by; nothing where a submission names none.\n\
         OFFICIAL-SENSITIVE,promises,,,,,kept,How many were kept.\n\
         OFFICIAL-SENSITIVE,promises,,,,,kept_permille,\"'=Kept, \"\"of\"\" those due.\"\n\
         OFFICIAL-SENSITIVE,promises,,,,,p50_seconds,Half of them.\n"
    );
}

#[test]
fn what_begins_like_a_formula_is_text_in_every_spreadsheet() {
    for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
        assert_eq!(safe(formula), format!("'{formula}"));
    }
    assert_eq!(safe("RASSO North"), "RASSO North");
}

#[test]
fn people_read_shares_in_percent_and_times_in_hours() {
    let report = report();
    let rows: Vec<_> = report.sheets[0].written().collect();
    assert_eq!(rows, [["=HYPERLINK(\"x\")", "96", "96.0 %", "1h 30m"], ["<b>North</b>", "3", "-", "-"]]);
}

#[test]
fn a_report_that_is_not_broken_down_has_no_column_for_groups() {
    let sheet = sheet(("promises", "Promises", ""), None, &FIGURES, &[Line("x", Some(1), None)]);
    assert!(sheet.columns.iter().all(|column| column.name != GROUP) && !sheet.rows[0].contains_key(GROUP));
}

#[test]
fn json_says_what_stands_where_and_is_read_back_as_it_was() {
    let mut report = report();
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.contains(r#"{"group":"<b>North</b>","kept":3,"kept_permille":null,"p50_seconds":null}"#), "{text}");
    report.sheets[0].chart = None;
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

/// Elements of a page by name; it is read as XML, so that what is open is closed.
fn elements<'a>(page: &'a roxmltree::Document<'a>, name: &str) -> Vec<roxmltree::Node<'a, 'a>> {
    page.descendants().filter(|node| node.tag_name().name() == name).collect()
}

/// What HTML leaves open, closed as XML wants it.
fn as_xml(page: &str) -> String {
    let page = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut text = String::new();
    for piece in page.split_inclusive('>') {
        let is_meta = piece.contains("<meta ");
        text.push_str(&if is_meta { piece.replacen('>', "/>", 1) } else { piece.to_owned() });
    }
    text
}

#[test]
fn a_page_is_marked_loads_nothing_runs_nothing_and_each_chart_has_its_table() {
    let text = page(&report(), &zone());
    let xml = as_xml(&text);
    let page = roxmltree::Document::parse(&xml).unwrap_or_else(|fault| panic!("{fault}: {xml}"));
    let marks = page.descendants().filter(|node| node.attribute("class") == Some("marking"));
    assert_eq!(marks.map(|node| node.text().unwrap()).collect::<Vec<_>>(), [MARKING; 2]);
    for name in ["script", "link", "img", "iframe", "form", "a"] {
        assert!(elements(&page, name).is_empty(), "{name}");
    }
    let attributes = page.descendants().flat_map(|node| node.attributes()).map(|attribute| attribute.name().to_owned());
    let forbidden = |name: &String| name == "style" || name == "src" || name == "href" || name.starts_with("on");
    assert_eq!(attributes.filter(forbidden).collect::<Vec<_>>(), [""; 0], "nothing that a strict policy refuses");
    let sections = elements(&page, "section");
    for section in &sections {
        let has = |name: &str| section.descendants().filter(|node| node.tag_name().name() == name).count();
        assert_eq!((has("svg"), has("table"), has("caption"), has("dt")), (1, 1, 1, 4));
    }
    assert_eq!(sections.len(), 1);
    assert!(
        elements(&page, "svg").iter().all(|svg| svg.attribute("role") == Some("img") && svg.attribute("aria-label").is_some())
    );
    assert!(text.contains("&lt;b&gt;North&lt;/b&gt;") && !text.contains("<b>"), "text is text");
}

#[test]
fn the_policy_lets_the_pages_own_style_in_and_nothing_else() {
    let text = page(&report(), &zone());
    let policy = policy();
    let (own, _) = policy.split_once("; frame-ancestors").unwrap();
    assert!(own.starts_with("default-src 'none'; style-src 'sha256-"), "{own}");
    assert!(text.contains(&format!("http-equiv=\"Content-Security-Policy\" content=\"{own}\"")), "kept as a file, too");
}

/// Contrast of two colours by WCAG 2.2.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |colour: &str| {
        let part = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        let linear = |c: f64| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(part(1)) + 0.7152 * linear(part(3)) + 0.0722 * linear(part(5))
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_colour_stands_out_enough() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    for colour in page::COLOURS.into_iter().chain(page::JUDGED) {
        assert!(contrast(colour, "#ffffff") >= 3.0, "{colour} on the page");
    }
    for (text, ground) in [("#111111", "#ffffff"), ("#111111", "#f0f0f0")] {
        assert!(contrast(text, ground) >= 4.5, "{text} on {ground}");
    }
    assert!(contrast("#767676", "#ffffff") >= 3.0, "borders of tables");
}

#[test]
fn a_workbook_is_the_same_whenever_it_is_written_and_holds_a_sheet_for_each() {
    let (report, zone) = (report(), zone());
    let bytes = xlsx(&report, &zone).unwrap();
    assert!(bytes.starts_with(b"PK"), "a zip file");
    assert_eq!(bytes, xlsx(&report, &zone).unwrap());
    let names: Vec<&[u8]> = bytes.windows(24).filter(|window| window.starts_with(b"xl/worksheets/sheet")).collect();
    assert!(!names.is_empty());
}

#[test]
fn every_report_defines_each_of_its_figures_and_names_it_once() {
    use crate::domain::reports::{backlog::Backlog, capacity::Capacity, performance::Performance};
    let by = Some(By::Force);
    let reports = [
        performance::sheets(&Performance::default(), by),
        backlog::sheets(&Backlog::default(), by),
        capacity::sheets(&Capacity::default(), &[], &[], by),
        quality::sheets([], by),
    ];
    for sheet in reports.iter().flatten() {
        let mut names = std::collections::BTreeSet::new();
        for column in &sheet.columns {
            assert!(names.insert(&column.name), "{} has {} twice", sheet.name, column.name);
            assert!(column.means.ends_with('.') && column.means.len() > 10, "{}: {} means nothing", sheet.name, column.name);
            let suffix = match column.unit {
                Unit::Permille => "_permille",
                Unit::Seconds => "_seconds",
                Unit::Text | Unit::Day | Unit::Count => "",
            };
            assert!(column.name.ends_with(suffix), "{} says its unit", column.name);
        }
        let chart = sheet.chart.iter().flat_map(|chart| chart.apart.iter().chain(chart.names).chain(chart.parts));
        for name in chart {
            assert!(names.contains(&Cow::Borrowed(*name)), "{} draws {name}, which it has not", sheet.name);
        }
    }
}
