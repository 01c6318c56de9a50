//! `dfqueue what-if`: what would become of today's queue in a unit that is another, and what has to be added to keep its promises?

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::{Connection, typed};
use super::output::{self, Times, count, table};
use super::shapes::{Reference, reference};
use super::{Outcome, additions, database};
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::Word;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::what_if::Change;
use crate::domain::what_if::additions::{Additions, Cost, Found, Keep, SearchEnding, Share, Tried};

/// What the figures mean.
const LEGEND: &str = "\
open: to whom the promise runs and is not reached yet, those it is missed to among them. late: of these, those to whom it would be missed; by:
by how much, summed. now: in a plan of the unit as it is; then: in one of the unit as it would be. Of two plans of a queue each is in
places the better one: a promise or two more or fewer, or an hour, are no effect of the change.
";

/// As many of those whose promise moves are printed.
const SHOWN: usize = 20;

/// Print what would become of today's queue in a unit that is another
///
/// On a copy of the running daemon's queue: nothing is recorded, and nobody's plan changes. Both plans are made anew and alike.
/// With --keep: what would have to be added for promises to be kept, and what one more of each kind is worth.
/// What is still to come in is not in it: `dfqueue simulate` tries that.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// So many more of a kind of resource, or fewer: kiosk=+2, examiner=-1
    #[arg(long, value_name = "KIND=BY", value_parser = set, allow_hyphen_values = true)]
    set: Vec<String>,
    /// Without a resource
    #[arg(long, value_name = "ID")]
    without: Vec<String>,
    /// With a site closed
    #[arg(long, value_name = "SITE")]
    close: Vec<String>,
    /// Since when it is closed; without it, from now on
    #[arg(long, value_name = "INSTANT", requires = "close")]
    from: Option<Timestamp>,
    /// Until when it is closed; without it, for a fortnight
    #[arg(long, value_name = "INSTANT", requires = "close")]
    until: Option<Timestamp>,
    /// What would have to be added, as cheaply as a search finds, to keep a promise at this share: victim-phone=95%
    #[arg(long, value_name = "PROMISE=SHARE", value_parser = |text: &str| Keep::parse(text).map(|_| text.to_owned()))]
    keep: Vec<String>,
    /// What one more of a kind costs in that search, beside the others: examiner=3; 1 each unless said
    #[arg(long, value_name = "KIND=N", value_parser = |text: &str| Cost::parse(text).map(|_| text.to_owned()), requires = "keep")]
    cost: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// As people write it, if that can be read.
fn set(text: &str) -> Result<String, String> {
    Change::set(text).map(|_| text.to_owned())
}

#[derive(Debug, Deserialize)]
struct WhatIf {
    changes: Vec<String>,
    promises: Vec<Line>,
    moved: Vec<Moved>,
    moved_in_all: usize,
}

#[derive(Debug, Deserialize)]
struct Line {
    promise: String,
    tier: u8,
    open: usize,
    was: Stands,
    is: Stands,
}

#[derive(Debug, Deserialize)]
struct Stands {
    late: usize,
    late_seconds: i64,
    unplanned: usize,
}

#[derive(Debug, Deserialize)]
struct Moved {
    submission: String,
    reference: Option<Reference>,
    promise: String,
    due: Timestamp,
    was: Option<Timestamp>,
    is: Option<Timestamp>,
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    if [&args.set, &args.without, &args.close, &args.keep].iter().all(|given| given.is_empty()) {
        bail!(
            "say what is otherwise: --set kiosk=+2, --without examiner-khan or --close north; or what is to be kept: --keep victim-phone=95%"
        );
    }
    let path = if args.keep.is_empty() { "/v1/what-if" } else { "/v1/what-if/additions" };
    let client = args.connection.client()?;
    let (answer, times) = database::block_on(async {
        let answer = client.post(path, &body(args), None).await?;
        Ok((answer, if args.json { Times::named(None) } else { client.times().await }))
    })?;
    if args.json {
        output::json(&answer)?;
    } else if !args.keep.is_empty() {
        output::print(&what_to_add(typed(&answer)?, output::width()))?;
    } else {
        output::print(&text(&typed(&answer)?, &times, output::width()))?;
    }
    Ok(Outcome::Done)
}

fn body(args: &Args) -> Value {
    let mut body = Map::new();
    let lists =
        [("set", &args.set), ("without", &args.without), ("close", &args.close), ("keep", &args.keep), ("cost", &args.cost)];
    for (field, given) in lists {
        if !given.is_empty() {
            body.insert(field.into(), json!(given));
        }
    }
    for (field, given) in [("from", args.from), ("until", args.until)] {
        body.extend(given.map(|at| (field.to_owned(), json!(at))));
    }
    Value::Object(body)
}

#[derive(Debug, Deserialize)]
struct WhatToAdd {
    changes: Vec<String>,
    wanted: Vec<Wanted>,
    ending: SearchEnding,
    as_it_is: UnitTried,
    one_more: Vec<UnitTried>,
    best: UnitTried,
    tried: usize,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    promise: Word,
    percent: f64,
}

#[derive(Debug, Deserialize)]
struct UnitTried {
    added: Vec<SlotsAdded>,
    cost: u64,
    promises: Vec<Share>,
}

#[derive(Debug, Deserialize)]
struct SlotsAdded {
    kind: ResourceKind,
    slots: u32,
}

impl From<UnitTried> for Tried {
    fn from(UnitTried { added, cost, promises }: UnitTried) -> Self {
        let added = added.into_iter().map(|SlotsAdded { kind, slots }| (kind, slots)).collect();
        Self { added: Additions(added), cost, shares: promises }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 100 %")]
fn what_to_add(answer: WhatToAdd, width: Option<u16>) -> String {
    let WhatToAdd { changes, wanted, ending, as_it_is, one_more, best, tried } = answer;
    let keep = |Wanted { promise, percent }: Wanted| Keep { promise, permille: (percent * 10.0).round() as u32 };
    let found = Found {
        keep: wanted.into_iter().map(keep).collect(),
        ending,
        as_it_is: as_it_is.into(),
        one_more: one_more.into_iter().map(Into::into).collect(),
        best: best.into(),
        trials: tried,
    };
    let but = if changes.is_empty() { String::new() } else { format!("; {}", changes.join(", ")) };
    format!(
        "wanted: {} of today's queue{but}\n\n{}",
        additions::wanted(&found),
        additions::text(&found, additions::Of::Queue, width)
    )
}

fn text(what_if: &WhatIf, times: &Times, width: Option<u16>) -> String {
    let head = format!("{}:\n", what_if.changes.join(", "));
    let line = |line: &Line| {
        let by = |stands: &Stands| if stands.late == 0 { "-".to_owned() } else { Seconds(stands.late_seconds).rough() };
        let late = |stands: &Stands| match stands.unplanned {
            0 => stands.late.to_string(),
            unplanned => format!("{}, {unplanned} not planned", stands.late),
        };
        vec![
            line.promise.clone(),
            line.tier.to_string(),
            line.open.to_string(),
            late(&line.was),
            late(&line.is),
            by(&line.was),
            by(&line.is),
        ]
    };
    let promises = table(
        &["promise", "tier", "open", "late now", "late then", "by in all now", "by in all then"],
        what_if.promises.iter().map(line),
        width,
    );
    let at = |at: Option<Timestamp>| times.maybe(at);
    let row = |one: &Moved| {
        let name = reference(one.reference.as_ref());
        vec![one.submission.clone(), name, one.promise.clone(), times.show(one.due), at(one.was), at(one.is)]
    };
    let moved =
        table(&["submission", "reference", "promise", "due", "now", "then"], what_if.moved.iter().take(SHOWN).map(row), width);
    let shown = what_if.moved.len().min(SHOWN);
    let tail = match what_if.moved_in_all {
        0 => "nothing would be reached at another time\n".to_owned(),
        all if all > shown => format!("{} would be reached at another time; the first {shown}:\n{moved}", count(all, "promise")),
        all => format!("{} would be reached at another time:\n{moved}", count(all, "promise")),
    };
    [head, promises, LEGEND.to_owned(), tail].join("\n")
}
