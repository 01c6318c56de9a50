//! One route of the policy file: its gates, and its stages in an order in which predecessors come first.

use super::arrange::{Contradiction, arrange};
use super::error::Wrong;
use super::policy::{Context, when};
use super::reader::{Names, Table};
use super::text;
use super::values::{boolean, decimal, kind, string};
use crate::domain::ids::Word;
use crate::domain::policy::{Gate, Route, Stage};
use crate::domain::time::Seconds;

/// Hundredths: half as long again where the stage says nothing; at least as long as expected; at most a hundred times.
const USUAL_P90: u32 = 150;
const P90: (u32, u32) = (100, 10_000);

/// Reads one `[[route]]`.
pub(super) fn route(table: &Table<'_, '_>, names: &mut Names, context: &Context<'_>) -> Option<Route> {
    let name = names.claim(table, "name");
    let when = when(table, context);
    let gates = table.list("gates", string(|text| text::one_of("gate", text, &Gate::OF_ROUTES, Gate::as_str)));
    let stages = stages(table);
    Some(Route { name: Word::from(name?.as_str()), when, gates: gates.unwrap_or_default(), stages: stages? })
}

fn stages(table: &Table<'_, '_>) -> Option<Vec<Stage>> {
    let tables = table.tables("stage");
    if !table.has("stage") {
        table.wrong("stage", Wrong::but("is missing", "a route has at least one [[route.stage]]"));
    }
    let mut names = Names::new("stage in this route");
    let order: Vec<Option<String>> = tables.iter().map(|table| names.claim(table, "name")).collect();
    let find = |name: &str| {
        let known = names.find(name)?;
        Ok(order.iter().position(|stage| stage.as_ref() == Some(&known)).unwrap_or_default())
    };
    // Every stage is read, wrong ones too, so that all mistakes are found.
    let read: Vec<Option<Stage>> = tables.iter().enumerate().map(|(i, table)| stage(table, i, &find)).collect();
    tables.iter().for_each(Table::done);
    let stages: Vec<Stage> = read.into_iter().collect::<Option<_>>()?;
    one_return(&tables, &stages);
    people_only(&tables, &stages);
    let names: Vec<Word> = stages.iter().map(|stage| stage.name.clone()).collect();
    let listed = |indices: &[usize]| indices.iter().map(|i| names[*i].as_str()).collect::<Vec<_>>().join(", ");
    arrange(stages)
        .map_err(|contradiction| match contradiction {
            Contradiction::Cycle(stages) => {
                let what = format!("stages wait for each other: {}", listed(&stages));
                if let Some(first) = stages.first() {
                    tables[*first].wrong("after", Wrong::new(what));
                }
            }
            Contradiction::Person(stage, other) => {
                let what = format!("\"{}\" is for the same person, by `same_person_as`", names[other]);
                tables[stage].wrong("different_person_from", Wrong::new(what));
            }
        })
        .ok()
}

/// Reads one `[[route.stage]]`, the `index`th in the file; other stages are meant by their places in the file.
fn stage(table: &Table<'_, '_>, index: usize, find: &impl Fn(&str) -> Result<usize, Wrong>) -> Option<Stage> {
    let name = table.optional("name", string(text::name));
    let returns_device = table.or("returns_device", false, boolean);
    let by = table.list("by", kind);
    let attended = table.or("attended", false, boolean);
    let holds_device = table.or("holds_device", false, boolean);
    let takes = takes(table);
    let p90 = table.or("p90", USUAL_P90, decimal(2, P90.0, P90.1));
    let before: Vec<usize> = index.checked_sub(1).into_iter().collect();
    let after = table.list("after", string(find));
    let after = if table.has("after") { after } else { Some(before) };
    let other = |name: &str| find(name).and_then(|i| if i == index { Err(Wrong::new("is this stage itself")) } else { Ok(i) });
    let same_person_as = table.optional("same_person_as", string(other));
    let different_person_from = table.list("different_person_from", string(other)).unwrap_or_default();
    let review_every = table.optional("review_every", string(text::duration));
    if review_every.is_some_and(|every| every <= Seconds::ZERO) {
        table.wrong("review_every", Wrong::new("is no time at all"));
    } else if review_every.is_some() && attended {
        table.wrong(
            "review_every",
            Wrong::but("doesn't belong here", "it is for a machine's run; attended work is paused or finished"),
        );
    }
    if returns_device {
        let surplus =
            ["by", "takes", "p90", "attended", "holds_device", "same_person_as", "different_person_from", "review_every"];
        for key in surplus.into_iter().filter(|key| table.has(key)) {
            table.wrong(key, Wrong::but("doesn't belong here", "a stage that returns the device has no resource"));
        }
    } else {
        needs_resource(table, by.as_ref().is_some_and(Vec::is_empty));
    }
    let (base, per_gb) = takes.unwrap_or_default();
    Some(Stage {
        name: Word::from(name?.as_str()),
        by: by.unwrap_or_default(),
        attended,
        holds_device,
        returns_device,
        base,
        per_gb,
        p90,
        after: after?,
        same_person_as,
        different_person_from,
        review_every,
    })
}

fn needs_resource(table: &Table<'_, '_>, nobody: bool) {
    if nobody || !table.has("by") {
        let what = if nobody { "is empty" } else { "is missing" };
        table.wrong("by", Wrong::but(what, "list the kinds of resource that can do it, like [\"kiosk\", \"lab\"]"));
    }
    if !table.has("takes") {
        table.wrong("takes", Wrong::but("is missing", "write it like { base = \"30m\", per_gb = \"5s\" }"));
    }
}

/// Base, and time for each GB.
fn takes(table: &Table<'_, '_>) -> Option<(Seconds, Seconds)> {
    let takes = table.table("takes")?;
    let base = takes.required("base", string(text::duration));
    let per_gb = takes.or("per_gb", Seconds::ZERO, string(text::duration));
    takes.done();
    Some((base?, per_gb))
}

/// The device goes back once.
fn one_return(tables: &[Table<'_, '_>], stages: &[Stage]) {
    let mut returns = stages.iter().zip(tables).filter(|(stage, _)| stage.returns_device);
    let first = returns.next();
    for (_, table) in returns {
        let name = first.map(|(stage, _)| stage.name.to_string()).unwrap_or_default();
        table.wrong("returns_device", Wrong::new(format!("\"{name}\" returns the device already")));
    }
}

/// Whoever hands a device back is no resource, so nobody can be the same or another person.
fn people_only(tables: &[Table<'_, '_>], stages: &[Stage]) {
    for (stage, table) in stages.iter().zip(tables) {
        let same = stage.same_person_as.iter().map(|other| ("same_person_as", *other));
        let others = stage.different_person_from.iter().map(|other| ("different_person_from", *other));
        for (key, other) in same.chain(others).filter(|(_, other)| stages[*other].returns_device) {
            table.wrong(key, Wrong::new(format!("\"{}\" returns the device: no resource does it", stages[other].name)));
        }
    }
}
