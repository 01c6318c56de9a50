//! Fills a database with a long ledger: a busy unit at work, week after week. Every entry is decided by the domain's rules and committed by
//! the store, as a daemon would; nothing is written by hand.

use dfqueue::domain::command::Command;
use dfqueue::domain::decide::sweep;
use dfqueue::domain::event::FailureCause;
use dfqueue::domain::ids::{AssignmentId, QueueNumber, SiteId, Slot};
use dfqueue::domain::policy::Stage;
use dfqueue::domain::submission::LockState;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::domain::unit::{DataTaken, Proof, Receiver, RemovalCause, Returned, StageState, Submission, Whereabouts};
use dfqueue::store::{Commit, Store};

use crate::world::World;

/// People and machines do what they were given within it, and are given more.
const ROUND: Seconds = Seconds::hours(3);
/// Requests in the queue at a time.
const OPEN: usize = 600;
/// Entries of one commit, at least.
const GROUP: usize = 1_000;

/// Commits entries until there are so many; when the last of them was recorded.
pub async fn fill(store: &Store, entries: i64, begin: Timestamp) -> Timestamp {
    let mut world = World::founded(1);
    world.now = begin;
    while world.unit.seq < entries {
        round(&mut world);
        if world.steps.len() >= GROUP {
            commit(&mut world, store).await;
        }
    }
    commit(&mut world, store).await;
    world.now
}

/// Keeps nothing of what is committed but the unit: a million steps would not fit.
async fn commit(world: &mut World, store: &Store) {
    let based_on = world.unit.seq - i64::try_from(world.steps.len()).unwrap();
    store.commit(&Commit { based_on, steps: &world.steps, after: &world.unit, replies: &[] }).await.unwrap();
    world.steps.clear();
    world.closed.clear();
}

/// What was given out is done, what came in is made ready, and more is given out.
fn round(world: &mut World) {
    world.now = world.now + ROUND;
    let given: Vec<AssignmentId> = world.unit.assignments.keys().copied().collect();
    for assignment in given {
        work(world, assignment);
    }
    let room = OPEN.saturating_sub(world.unit.submissions.size()).min(60);
    for _ in 0..room {
        arrives(world);
    }
    let mut open: Vec<_> = world.unit.submissions.values().cloned().collect();
    // Whose phone it is goes first, and then whoever came first.
    open.sort_by_key(|submission| (submission.tier(world.now), submission.number));
    for submission in open {
        goes_on(world, &submission);
    }
    for missed in sweep(&world.unit, world.now) {
        world.order(&missed);
    }
}

/// A request whose gates are met one after the other.
fn arrives(world: &mut World) {
    let mut request = world.request();
    let facts = &mut request.facts;
    (facts.level, facts.lock_state, facts.delivered_at, facts.legal_basis) = (1, LockState::Unknown, None, true);
    (facts.agreement_at, facts.notice_at, facts.authorised_at) = (None, None, None);
    (facts.bail_at, facts.risk, facts.return_authorised) = (None, Vec::new(), true);
    request.particulars.authorised_by = None;
    request.particulars.legal_basis = Some("PACE".into());
    request.particulars.return_authorised_by = Some("DC Nowak".into());
    let number = QueueNumber(world.unit.next.submission);
    let (site, at) = (facts.site.clone(), world.now);
    if !world.order(&Command::Register(Box::new(request))) {
        return;
    }
    world.order(&Command::RecordAgreement { number, agreement_at: at, notice_at: at, terms: None });
    world.order(&Command::Authorise { number, by: "Insp Okafor".into(), at });
    world.order(&Command::RecordPin { number, lock_state: LockState::PinHeld });
    world.order(&Command::Deliver { number, site, at, by: None, seal: None });
}

/// Work was done since the last round, or failed.
fn work(world: &mut World, assignment: AssignmentId) {
    let (begun, ended) = (world.now - ROUND + Seconds(60), world.now - Seconds(60));
    if !world.order(&Command::Start { assignment, at: begun, overrides: Some("as planned".into()) }) {
        return;
    }
    if world.chance.below(50) == 0 {
        let (cause, reason) = (FailureCause::Cable, Some("torn".into()));
        world.order(&Command::Fail { assignment, at: ended, cause, attempts_left: None, reason });
    } else {
        let (tool, tool_version, hash) = (Some("Kiosk Reader".into()), Some("7.61".into()), Some("ab".repeat(32)));
        world.order(&Command::Finish { assignment, at: ended, tool, tool_version, hash, scope: None });
    }
}

/// It goes home, is given up, or its next stage is given to somebody.
fn goes_on(world: &mut World, submission: &Submission) {
    let (number, at) = (submission.number, world.now);
    let Some(route) = world.unit.route_of(submission).cloned() else { return };
    if submission.returned.is_none() && !submission.is_unexamined(&route) && world.chance.below(4) > 0 {
        let returned = Returned { at, received_by: Receiver::Owner, proof: Proof::Signature };
        world.order(&Command::Return { number, returned });
        return;
    }
    if world.chance.below(2_000) == 0 {
        let (cause, data, reason) = (RemovalCause::NotNecessary, DataTaken::None, Some("other evidence".into()));
        world.order(&Command::Remove { number, at, cause, data, reason });
        return;
    }
    let ready = |stage: &Stage| stage.after.iter().all(|before| submission.stages[*before].is_over());
    let is_next =
        |(index, stage): &(usize, &Stage)| !stage.returns_device && submission.stages[*index] == StageState::Open && ready(stage);
    let next = route.stages.iter().enumerate().find(is_next);
    if let Some((index, stage)) = next.filter(|_| world.unit.assignments_of(submission).next().is_none()) {
        give(world, submission, (index, stage));
    }
}

/// Gives a stage to a slot that is free: where the device is, or where it is brought.
fn give(world: &mut World, submission: &Submission, (index, stage): (usize, &Stage)) {
    let unit = &world.unit;
    let able = unit.establishment.resources.iter().filter(|resource| {
        stage.by.contains(&resource.kind) && resource.can(&stage.name, submission.facts.level, &submission.facts.device)
    });
    let slots = able.flat_map(|resource| {
        (1..=resource.slots).map(move |slot| (resource.site.clone(), Slot { resource: resource.id.clone(), slot }))
    });
    let free = slots.filter(|(_, slot)| unit.assignments_on(slot).next().is_none());
    let here = |site: &SiteId| matches!(&submission.device, Whereabouts::At { site: place, .. } if place == site);
    let Some((site, slot)) = free.min_by_key(|(site, _)| !here(site)) else { return };
    if stage.holds_device && !here(&site) {
        world.order(&Command::Move { number: submission.number, site, at: world.now, by: None, seal: None });
    }
    let version = world.unit.submissions.get(&submission.number).map_or(0, |submission| submission.version);
    let (start, end) = (world.now, world.now + Seconds::hours(1));
    world.order(&Command::Assign { number: submission.number, version, stage: index, slot, start, end });
}
