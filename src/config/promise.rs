//! One promise of the policy file: to whom, to which milestone, due when.

use super::error::Wrong;
use super::policy::{Context, when};
use super::reader::{Names, Table};
use super::text;
use super::values::{boolean, decimal, string, whole};
use crate::domain::ids::Word;
use crate::domain::policy::{DateField, DueRule, From, Milestone, Promise};
use crate::domain::time::Seconds;

/// Thousandths; at risk from a tenth on where the promise says nothing.
const USUAL_AT_RISK: u32 = 100;
const CERTAIN: u32 = 1_000;

const MILESTONES: [Milestone; 3] = [Milestone::Extracted, Milestone::DeviceBack, Milestone::Results];
const MOMENTS: [From; 3] = [From::TakenAt, From::DeliveredAt, From::AuthorisedAt];
const DATES: [DateField; 5] = [
    DateField::OwnerPresentUntil,
    DateField::CustodyExpiresAt,
    DateField::BailAt,
    DateField::CourtAt,
    DateField::EvidenceFadesAt,
];

const fn moment_word(from: From) -> &'static str {
    match from {
        From::TakenAt => "taken_at",
        From::DeliveredAt => "delivered_at",
        From::AuthorisedAt => "authorised_at",
    }
}

/// Reads one `[[promise]]`.
pub(super) fn promise(table: &Table<'_, '_>, names: &mut Names, context: &Context<'_>) -> Option<Promise> {
    let name = names.claim(table, "name");
    let when = when(table, context);
    let milestone = table.required("milestone", string(|text| text::one_of("milestone", text, &MILESTONES, Milestone::as_str)));
    let due = due_rule(table, context);
    let stretch = table.optional("stretch", string(text::duration));
    let hard = table.or("hard", false, boolean);
    let tier = table.required("tier", |value| context.tier(whole(0, u8::MAX.into())(value)?));
    let warn_before = table.or("warn_before", Seconds::ZERO, string(text::duration));
    let at_risk = table.or("at_risk", USUAL_AT_RISK, decimal(3, 0, CERTAIN));
    let replacement_handset = table.or("replacement_handset", false, boolean);
    let flag_lapses = table.optional("flag_lapses", string(text::duration));
    let applies_within = table.optional("applies_within", string(text::duration));
    Some(Promise {
        name: Word::from(name?.as_str()),
        when,
        milestone: milestone?,
        due: due?,
        stretch,
        hard,
        tier: tier?,
        warn_before,
        at_risk_permille: u16::try_from(at_risk).ok()?,
        replacement_handset,
        flag_lapses,
        applies_within,
    })
}

/// Either `from` and `within`, elapsed or in working time, or `by` a stored date, perhaps `before` it.
fn due_rule(table: &Table<'_, '_>, context: &Context<'_>) -> Option<DueRule> {
    let from = table.optional("from", string(|text| text::one_of("moment", text, &MOMENTS, moment_word)));
    let within = table.optional("within", string(text::duration));
    let by = table.optional("by", string(|text| text::one_of("stored date", text, &DATES, DateField::as_str)));
    let before = table.or("before", Seconds::ZERO, string(text::duration));
    let working = working(table, context);
    match (table.has("from") || table.has("within"), table.has("by")) {
        (true, true) => {
            table.wrong("by", Wrong::but("stands beside `from` or `within`", "write `from` and `within`, or `by`"));
            None
        }
        (false, false) => {
            table.wrong("from", Wrong::but("is missing", "write `from` and `within`, or `by`"));
            None
        }
        (true, false) => {
            needs(table, "from", "within");
            needs(table, "within", "from");
            unwanted(table, &["before", "applies_within"], "only a promise with `by` has it");
            Some(DueRule::Within { from: from?, within: within?, working: working? })
        }
        (false, true) => {
            unwanted(table, &["stretch", "counts", "calendar"], "only a promise with `from` and `within` has it");
            Some(DueRule::By { date: by?, before })
        }
    }
}

/// The calendar whose open time alone counts; none for elapsed time.
fn working(table: &Table<'_, '_>, context: &Context<'_>) -> Option<Option<Word>> {
    let counts = |working| if working { "working" } else { "elapsed" };
    let counted = table.optional("counts", string(|text| text::one_of("way to count", text, &[false, true], counts)));
    if counted == Some(true) {
        return table.required("calendar", string(|id| context.calendar(id))).map(Some);
    }
    // An unreadable `counts` says nothing of the calendar.
    let elapsed = counted.is_some() || !table.has("counts");
    if table.optional("calendar", string(|id| context.calendar(id))).is_some() && elapsed {
        table.wrong("calendar", Wrong::but("is there, but time counts as elapsed", "add counts = \"working\" or leave it out"));
    }
    Some(None)
}

fn needs(table: &Table<'_, '_>, there: &'static str, key: &'static str) {
    if table.has(there) && !table.has(key) {
        table.wrong(key, Wrong::but("is missing", format!("`{there}` needs it")));
    }
}

fn unwanted(table: &Table<'_, '_>, keys: &[&'static str], why: &str) {
    for key in keys {
        if table.has(key) {
            table.wrong(key, Wrong::but("doesn't belong here", why));
        }
    }
}
