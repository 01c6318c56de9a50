use super::super::tests::fixtures::{UNIT, edit, holidays};
use super::*;
use crate::domain::establishment::ResourceKind;
use crate::domain::time::{Seconds, Timestamp};

fn read(text: &str) -> Result<Establishment, Mistakes> {
    unit("unit.toml", text, &holidays())
}

/// What is wrong with the example once `from` stands there as `to`.
fn wrong(from: &str, to: &str) -> String {
    read(&edit(UNIT, from, to)).unwrap_err().to_string()
}

#[test]
fn the_example_of_the_contract_reads_as_its_comments_say() {
    let unit = read(UNIT).unwrap();
    assert_eq!(
        (unit.version.as_str(), unit.zone.time_zone, unit.travel_default),
        ("2026-11-01", chrono_tz::Europe::London, Seconds::hours(1))
    );
    assert!(unit.zone.holidays.contains(&"2026-12-25".parse().unwrap()));
    assert_eq!(unit.sites.iter().map(|site| site.id.as_str()).collect::<Vec<_>>(), ["hq", "north"]);
    assert_eq!(unit.travel_time(&"north".into(), &"hq".into()), Seconds(50 * 60));
    let kiosk = unit.resource(&"kiosk-north-1".into()).unwrap();
    assert_eq!((kiosk.kind, kiosk.slots, kiosk.speed, kiosk.competent_until), (ResourceKind::Kiosk, 2, 100, None));
    assert_eq!(kiosk.validated_until, Some("2027-03-31".parse().unwrap()));
    assert_eq!(kiosk.closed[0].until, "2026-12-01T12:00:00Z".parse::<Timestamp>().unwrap());
    let kiosk = unit.resource(&"kiosk-hq-1".into()).unwrap();
    assert_eq!((kiosk.slots, &kiosk.levels, &kiosk.devices), (1, &Some(vec![1]), &None));
    assert_eq!(unit.resource(&"dmi-okafor".into()).unwrap().speed, 70);
    let days = unit.calendar(&"days".into()).unwrap();
    assert!(days.hours.closed_on_holidays && !unit.calendar(&"nights".into()).unwrap().hours.closed_on_holidays);
    assert!(!unit.sites[0].returns.closed_on_holidays, "open on bank holidays unless it says otherwise");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line_and_what_would_be_right() {
    let text = r#"colour = "blue"
[unit]
version = "1"
name = ""
time_zone = "Europe/Londn"
bank_holidays = "england"
travel_default = "60"

[[site]]
id = "hq"
returns = ["Mon-Sun 8:00-21:00", "Mon-Fri 08:00-20:00"]
to_owner = "45m"

[[site]]
id = "hq"
returns = "Mon-Sun 08:00-21:00"
to_owner = 45
bank_holidays = "shut"

[[travel]]
between = ["hq", "hq"]
takes = "50m"
[[travel]]
between = ["hq"]
takes = "50m"

[[calendar]]
id = "days"
open = []

[[resource]]
id = "kiosk 1"
kind = "kisok"
site = "hp"
calendar = "dayz"
slot = 2
levels = [0, 1]
speed = 0.755
validated_until = 2027-02-28T08:00:00Z
closed = [{ from = 2026-12-01T08:00:00, until = 2026-12-01T12:00:00Z }, { from = 2026-12-02T08:00:00Z, until = 2026-12-02T08:00:00Z }]

[[handset]]
id = " spare"
site = "hq"
"#;
    let expected = r#"unit.toml:1: unknown key "colour"; known: unit, site, calendar, travel, resource, handset
unit.toml:2: unit.to_site: is missing
unit.toml:4: unit.name: is empty
unit.toml:5: unit.time_zone: no time zone "Europe/Londn"; did you mean "Europe/London"?
unit.toml:6: unit.bank_holidays: no division of the bank-holiday file "england"; known: england-and-wales
unit.toml:7: unit.travel_default: "60" is not a duration; write it like 90s, 45m, 24h, 30d or 1h30m
unit.toml:11: site[1].returns[1]: "Mon-Sun 8:00-21:00" is not opening hours; write them like "Mon-Fri 08:00-18:00"
unit.toml:15: site[2].id: there is a site "hq" already, at line 10
unit.toml:16: site[2].returns: is text; write a list, like ["Mon-Sun 08:00-21:00"]
unit.toml:17: site[2].to_owner: is a whole number; write text in quotes
unit.toml:18: site[2].bank_holidays: no setting "shut"; known: open, closed
unit.toml:21: travel[1].between: is from a site to itself, which takes no time
unit.toml:24: travel[2].between: names 1 sites; write two, like ["hq", "north"]
unit.toml:31: resource[1].stages: is missing
unit.toml:33: resource[1].kind: no resource kind "kisok"; did you mean "kiosk"?
unit.toml:34: resource[1].site: no site "hp"; did you mean "hq"?
unit.toml:35: resource[1].calendar: no calendar "dayz"; did you mean "days"?
unit.toml:36: resource[1]: unknown key "slot"; did you mean "slots"?
unit.toml:37: resource[1].levels[1]: is out of range; write a whole number, from 1 to 255
unit.toml:38: resource[1].speed: "0.755" has more than 2 decimals
unit.toml:39: resource[1].validated_until: "2027-02-28T08:00:00Z" is not a date; write YYYY-MM-DD, like 2026-11-23
unit.toml:40: resource[1].closed[1].from: "2026-12-01T08:00:00" is not an instant; write RFC 3339 with an offset, like 2026-11-23T08:25:00Z
unit.toml:40: resource[1].closed[2].until: 2026-12-02T08:00:00Z is not after 2026-12-02T08:00:00Z; a closure is [from, until), from < until
unit.toml:43: handset[1].id: " spare" begins or ends with a space; leave it out
"#;
    assert_eq!(read(text).unwrap_err().to_string() + "\n", expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    let text = edit(UNIT, "name = \"Headquarters\"\n", "");
    assert_eq!(read(&text).unwrap().sites[0].name, "hq");
    let text = edit(UNIT, ", reason = \"software update\"", "");
    assert_eq!(read(&text).unwrap().resources[0].closed[0].reason, "");
}

#[test]
fn dates_and_instants_may_be_toml_values_or_text() {
    for day in ["2027-03-31", "\"2027-03-31\""] {
        assert!(read(&edit(UNIT, "validated_until = 2027-03-31", &format!("validated_until = {day}"))).is_ok(), "{day}");
    }
    for at in ["\"2026-12-01T08:00:00Z\"", "2026-12-01 08:00:00+00:00", "2026-12-01T08:00Z"] {
        let unit = read(&edit(UNIT, "from = 2026-12-01T08:00:00Z", &format!("from = {at}"))).unwrap();
        assert_eq!(unit.resources[0].closed[0].from.to_string(), "2026-12-01T08:00:00Z", "{at}");
    }
    assert_eq!(read(&edit(UNIT, "version = \"2026-11-01\"", "version = 2026-11-01")).unwrap().version, "2026-11-01");
}

#[test]
fn an_instant_without_offset_is_no_instant() {
    assert_eq!(
        wrong("from = 2026-12-01T08:00:00Z", "from = 2026-12-01T08:00:00"),
        "unit.toml:49: resource[1].closed[1].from: \"2026-12-01T08:00:00\" is not an instant; \
         write RFC 3339 with an offset, like 2026-11-23T08:25:00Z"
    );
}

#[test]
fn travel_between_two_sites_is_given_once_whichever_way() {
    let again = "[[travel]]\nbetween = [\"north\", \"hq\"]\ntakes = \"1h\"\n\n[[calendar]]\nid = \"days\"";
    assert_eq!(wrong("[[calendar]]\nid = \"days\"", again), "unit.toml:27: travel[2].between: is given already, at line 22");
}

#[test]
fn a_file_that_is_no_toml_says_where_and_nothing_else() {
    let text = edit(UNIT, "kind = \"dmi\"", "kind = \"dmi");
    let text = edit(&text, "competent_until = 2027-01-15", "competent_until = 2027-02-29");
    assert_eq!(
        read(&edit(&text, "slots = 4", "slot = 4")).unwrap_err().to_string(),
        "unit.toml:87: not TOML: invalid basic string, expected `\"`\n\
         unit.toml:102: not TOML: invalid date, expected day between 01 and 28"
    );
}
