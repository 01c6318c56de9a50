//! What would have to be added, as people read it: of a simulation, and of today's queue.

use super::output::{count, table};
use super::simulate::table::is_few;
use crate::domain::what_if::additions::{Additions, Found, Keep, SearchEnding, Share, Tried};

/// Of what the search was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A simulation.
    Simulation,
    /// The queue of a daemon.
    Queue,
}

/// What was wanted, in words.
pub fn wanted(found: &Found) -> String {
    let wanted = found.keep.iter().map(|keep| format!("{} in {}", keep.promise, permille(keep.permille)));
    wanted.collect::<Vec<_>>().join(", ")
}

/// One more of each kind beside the unit as it is, and what was found.
pub fn text(found: &Found, of: Of, width: Option<u16>) -> String {
    let Found { keep, as_it_is, one_more, .. } = found;
    let named = |tried: &Tried| keep.iter().flat_map(|keep| cells(tried, keep)).collect::<Vec<_>>();
    let header = keep.iter().flat_map(|keep| [keep.promise.to_string(), "hours late".to_owned()]);
    let header: Vec<String> =
        ["one more".to_owned(), "cost".to_owned()].into_iter().chain(header).chain(["others kept".to_owned()]).collect();
    let rows = std::iter::once(as_it_is).chain(one_more).map(|tried| {
        let of = [say(&tried.added), if tried.cost > 0 { tried.cost.to_string() } else { "-".into() }];
        of.into_iter().chain(named(tried)).chain([others(as_it_is, tried, keep)]).collect()
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    format!("{}\n{}\n{}", table(&header, rows, width), ending(found, of), legend(of))
}

const fn legend(of: Of) -> &'static str {
    match of {
        Of::Simulation => {
            "\none more: a slot more at the resource of that kind with the fewest. others kept: so many promises more, or fewer, are kept of each other
kind; with one more of something a whole run goes another way, so that one or two more or fewer are no effect of it: try --seeds.\n"
        }
        Of::Queue => {
            "\none more: a slot more at the resource of that kind with the fewest. of: those to whom the promise runs and is not missed yet. others kept:
so many promises more, or fewer, are kept of each other kind; of two plans each is in places the better one, so that one or two are no effect.\n"
        }
    }
}

fn ending(found: &Found, of: Of) -> String {
    let best = &found.best;
    let kept: Vec<String> = found.keep.iter().map(|keep| format!("{} {}", keep.promise, cells(best, keep)[0])).collect();
    let (kept, units) = (kept.join(", "), count(found.trials, "unit"));
    match found.ending {
        SearchEnding::NothingDue => {
            let none = found.keep.iter().filter(|keep| share(best, keep).is_none_or(|share| share.of == 0));
            let none: Vec<&str> = none.map(|keep| keep.promise.as_str()).collect();
            match of {
                Of::Simulation => format!("nothing of {} falls due in these days: simulate more of them", none.join(", ")),
                Of::Queue => {
                    format!("there is nothing to keep: {} runs to nobody to whom it is not missed already", none.join(" or "))
                }
            }
        }
        SearchEnding::AsItIs => "the unit as it is keeps that".to_owned(),
        SearchEnding::Found => format!(
            "cheapest found: {}, cost {}: {kept}\nnone of it can be left out; that nothing else is cheaper is not proved ({units} tried)",
            say(&best.added),
            best.cost
        ),
        SearchEnding::Unavoidable => {
            let missed =
                found.keep.iter().filter_map(|keep| Some((keep, share(best, keep)?))).filter(|(_, share)| share.unavoidable > 0);
            let missed = missed.map(|(keep, share)| {
                let most = share.of - share.unavoidable;
                format!(
                    "{}: {} of {} nobody can keep, so {most} of {} is the most",
                    keep.promise, share.unavoidable, share.of, share.of
                )
            });
            let missed = missed.collect::<Vec<_>>().join("\n");
            let told = match of {
                Of::Simulation => "--missed PROMISE says where their time went",
                Of::Queue => "dfqueue breaches says whose they are, and why",
            };
            format!("more slots do not keep that with the sites and hours there are\n{missed}\n{told}")
        }
        SearchEnding::NothingHelps => {
            format!(
                "nothing that could be added is of further use; nearest: {}, cost {}: {kept} ({units} tried)",
                say(&best.added),
                best.cost
            )
        }
        SearchEnding::Limit => format!("not kept with {} either, cost {}: {kept} ({units} tried)", say(&best.added), best.cost),
    }
}

fn say(added: &Additions) -> String {
    if added.0.is_empty() {
        return "as it is".to_owned();
    }
    added.0.iter().map(|(kind, count)| format!("{count} more {kind}")).collect::<Vec<_>>().join(", ")
}

fn share<'t>(tried: &'t Tried, keep: &Keep) -> Option<&'t Share> {
    tried.shares.iter().find(|share| share.promise == keep.promise)
}

/// The share that is kept of a promise, and hours of delay.
fn cells(tried: &Tried, keep: &Keep) -> [String; 2] {
    let Some(share) = share(tried, keep) else { return ["-".into(), "-".into()] };
    [kept(share), format!("{:.1}", share.late_hours)]
}

/// No percentage of a few.
fn kept(share: &Share) -> String {
    let parts = |of: usize| u32::try_from(share.kept * 1_000 / of).unwrap_or(0);
    if !is_few(share.of) {
        format!("{} of {}", permille(parts(share.of)), share.of)
    } else {
        format!("{} of {}", share.kept, share.of)
    }
}

fn permille(share: u32) -> String {
    format!("{}.{} %", share / 10, share % 10)
}

/// What becomes of the other promises: so many more are kept, or fewer.
fn others(from: &Tried, to: &Tried, keep: &[Keep]) -> String {
    let is_asked = |share: &Share| keep.iter().any(|keep| keep.promise == share.promise);
    let changed = to.shares.iter().filter(|share| !is_asked(share)).filter_map(|share| {
        let before = from.shares.iter().find(|before| before.promise == share.promise)?;
        let more = i64::try_from(share.kept).ok()? - i64::try_from(before.kept).ok()?;
        (more != 0).then(|| format!("{} {more:+}", share.promise))
    });
    let changed: Vec<String> = changed.collect();
    if changed.is_empty() { "-".into() } else { changed.join(", ") }
}
