//! The unit file: sites, travel, calendars, resources, handsets. Its keys are explained in `config/unit.toml`.

use super::error::{Mistakes, Wrong, quoted};
use super::holidays::BankHolidays;
use super::reader::{Document, Names, Table, all};
use super::text;
use super::values::{closed_on_holidays, date, decimal, instant, kind, string, version, whole};
use crate::domain::calendar::{OpeningHours, WeeklyWindow, Zone};
use crate::domain::establishment::{Calendar, Closure, Establishment, Handset, Resource, Site, Travel};
use crate::domain::ids::{ResourceId, SiteId, Word};

/// More places than any kiosk or team has: a slip of the keyboard.
const MOST_SLOTS: i64 = 1_000;
/// In hundredths: from a hundredth of the usual pace to a hundred times it.
const SPEEDS: (u32, u32) = (1, 10_000);
const USUAL_SPEED: u32 = 100;

/// Reads a unit file; its bank holidays come from `holidays`, by the division it names.
///
/// # Errors
/// Every mistake in it.
pub fn unit(file: &str, text: &str, holidays: &BankHolidays) -> Result<Establishment, Mistakes> {
    Document::read(file, text, |root| establishment(root, holidays))
}

fn establishment(root: &Table<'_, '_>, holidays: &BankHolidays) -> Option<Establishment> {
    let (mut sites, mut calendars) = (Names::new("site"), Names::new("calendar"));
    let (mut resources, mut handsets) = (Names::new("resource"), Names::new("handset"));
    if !root.has("site") {
        root.wrong("site", Wrong::but("is missing", "a unit has at least one [[site]]"));
    }
    let head = root.required_table("unit");
    let read = Establishment {
        sites: all(&root.tables("site"), |table| site(table, &mut sites)),
        calendars: all(&root.tables("calendar"), |table| calendar(table, &mut calendars)),
        travel: travels(&root.tables("travel"), &sites),
        resources: all(&root.tables("resource"), |table| resource(table, &mut resources, &sites, &calendars)),
        handsets: all(&root.tables("handset"), |table| handset(table, &mut handsets, &sites)),
        ..unit_itself(&head?, holidays)?
    };
    Some(read)
}

/// The `[unit]` table, of a unit that has nothing yet.
fn unit_itself(table: &Table<'_, '_>, holidays: &BankHolidays) -> Option<Establishment> {
    let version = table.required("version", version);
    let name = table.required("name", string(text::line));
    let time_zone = table.required("time_zone", string(text::time_zone));
    let division = table.required("bank_holidays", string(|name| holidays.of(name).map(|days| (name.to_owned(), days.clone()))));
    let travel_default = table.required("travel_default", string(text::duration));
    let to_site = table.required("to_site", string(text::duration));
    table.done();
    let (division, holidays) = division?;
    Some(Establishment {
        version: version?,
        name: name?,
        zone: Zone { time_zone: time_zone?, holidays },
        division,
        travel_default: travel_default?,
        to_site: to_site?,
        sites: Vec::new(),
        travel: Vec::new(),
        calendars: Vec::new(),
        resources: Vec::new(),
        handsets: Vec::new(),
        roster: Vec::new(),
    })
}

/// Weekly windows under `key`, and what becomes of them on a bank holiday.
fn opening_hours(table: &Table<'_, '_>, key: &'static str) -> Option<OpeningHours> {
    let window = |text: &str| {
        let wrong = || Wrong::but(format!("{} is not opening hours", quoted(text)), "write them like \"Mon-Fri 08:00-18:00\"");
        text.parse::<WeeklyWindow>().map_err(|_| wrong())
    };
    let weekly = table.required_list(key, string(window));
    let closed_on_holidays = table.or("bank_holidays", false, closed_on_holidays);
    Some(OpeningHours { weekly: weekly?, closed_on_holidays })
}

fn site(table: &Table<'_, '_>, names: &mut Names) -> Option<Site> {
    let id = names.claim(table, "id");
    let name = table.optional("name", string(text::line));
    let returns = opening_hours(table, "returns");
    let to_owner = table.required("to_owner", string(text::duration));
    let id = id?;
    Some(Site {
        name: name.unwrap_or_else(|| id.clone()),
        id: SiteId::from(id.as_str()),
        returns: returns?,
        to_owner: to_owner?,
        closed: Vec::new(),
    })
}

fn calendar(table: &Table<'_, '_>, names: &mut Names) -> Option<Calendar> {
    let id = names.claim(table, "id");
    let hours = opening_hours(table, "open");
    Some(Calendar { id: Word::from(id?.as_str()), hours: hours? })
}

/// Travel between two sites, each pair once, whichever way it is written.
fn travels(tables: &[Table<'_, '_>], sites: &Names) -> Vec<Travel> {
    let mut seen: Vec<([SiteId; 2], usize)> = Vec::new();
    all(tables, |table| {
        let between = table.required_list("between", string(|id| sites.find(id)));
        let takes = table.required("takes", string(text::duration));
        let ends = between?;
        let [a, b] = ends.as_slice() else {
            table.wrong("between", Wrong::but(format!("names {} sites", ends.len()), "write two, like [\"hq\", \"north\"]"));
            return None;
        };
        if a == b {
            table.wrong("between", Wrong::new("is from a site to itself, which takes no time"));
        }
        let mut pair = [SiteId::from(a.as_str()), SiteId::from(b.as_str())];
        let between = pair.clone();
        pair.sort();
        match seen.iter().find(|(known, _)| *known == pair) {
            Some((_, line)) => table.wrong("between", Wrong::new(format!("is given already, at line {line}"))),
            None => seen.push((pair, table.line)),
        }
        Some(Travel { between, takes: takes? })
    })
}

fn resource(table: &Table<'_, '_>, names: &mut Names, sites: &Names, calendars: &Names) -> Option<Resource> {
    let id = names.claim(table, "id");
    let kind = table.required("kind", kind);
    let site = table.required("site", string(|id| sites.find(id)));
    let calendar = table.required("calendar", string(|id| calendars.find(id)));
    let slots = table.or("slots", 1, whole(1, MOST_SLOTS));
    let stages = table.required_list("stages", string(|name| text::name(name).map(|name| Word::from(name.as_str()))));
    let levels = table.list("levels", whole(1, u8::MAX.into()));
    let devices = table.list("devices", string(text::word));
    let validated_until = table.optional("validated_until", date);
    let competent_until = table.optional("competent_until", date);
    let speed = table.or("speed", USUAL_SPEED, decimal(2, SPEEDS.0, SPEEDS.1));
    let closed = all(&table.tables("closed"), closure);
    Some(Resource {
        id: ResourceId::from(id?.as_str()),
        kind: kind?,
        site: SiteId::from(site?.as_str()),
        calendar: Word::from(calendar?.as_str()),
        slots,
        stages: stages?,
        levels,
        devices,
        validated_until,
        competent_until,
        speed,
        closed,
    })
}

fn closure(table: &Table<'_, '_>) -> Option<Closure> {
    let from = table.required("from", instant);
    let until = table.required("until", instant);
    let reason = table.optional("reason", string(text::line));
    let (from, until) = (from?, until?);
    if from >= until {
        table.wrong("until", Wrong::but(format!("{until} is not after {from}"), "a closure is [from, until), from < until"));
    }
    Some(Closure { from, until, reason: reason.unwrap_or_default() })
}

fn handset(table: &Table<'_, '_>, names: &mut Names, sites: &Names) -> Option<Handset> {
    let id = names.claim(table, "id");
    let site = table.required("site", string(|id| sites.find(id)));
    let model = table.optional("model", string(text::line));
    Some(Handset { id: Word::from(id?.as_str()), site: SiteId::from(site?.as_str()), model: model.unwrap_or_default() })
}

#[cfg(test)]
mod tests;
