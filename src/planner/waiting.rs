//! Why each stage waits: every cause that holds, first to clear first; and for steps to come, why not now.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::assign::Built;
use super::gap::FAR;
use super::instance::{Instance, Job, TaskState};
use super::place::{self, Appointed, Placed};
use super::rank::{Order, compare};
use super::{Hold, Hoped, RankRule, Reason, Step, Waiting};
use crate::domain::ids::{ResourceId, Slot};
use crate::domain::policy::{Gate, Stage};
use crate::domain::time::Timestamp;
use crate::domain::unit::Whereabouts;

/// A finished build, and what reasons are read off.
struct Finished<'b> {
    built: &'b Built,
    order: &'b Order,
    busy: Busy,
    kept: Vec<Appointed>,
}

/// What one slot does, by start: start, end, job, stage.
type Busy = Vec<Vec<(i64, i64, usize, usize)>>;

/// Every step, by start, then rank.
pub fn steps(instance: &mut Instance, built: &Built, order: &Order) -> Vec<Step> {
    let done = Finished { built, order, busy: busy(instance, built), kept: place::appointed(instance) };
    laid_out(instance, built, order, |instance, (job, task), placed| because(instance, &done, (job, task), placed))
}

/// The same, with no reason why none starts now.
pub fn unexplained(instance: &mut Instance, built: &Built, order: &Order) -> Vec<Step> {
    laid_out(instance, built, order, |_, _, _| Vec::new())
}

fn laid_out(
    instance: &mut Instance,
    built: &Built,
    order: &Order,
    because: impl Fn(&mut Instance, (usize, usize), Placed) -> Vec<Reason>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for (rank, &job) in order.jobs.iter().enumerate() {
        for task in 0..built.places[job].len() {
            let Some(placed) = built.places[job][task] else { continue };
            let because = because(instance, (job, task), placed);
            steps.push((placed.start, rank, step(instance, job, task, placed, because)));
        }
    }
    steps.sort_by_key(|(start, rank, step)| (*start, *rank, step.stage));
    steps.into_iter().map(|(_, _, step)| step).collect()
}

fn busy(instance: &Instance, built: &Built) -> Busy {
    let mut busy: Busy = vec![Vec::new(); instance.slots()];
    for (job, places) in built.places.iter().enumerate() {
        for (task, placed) in places.iter().enumerate() {
            if let Some(Placed { on: Some((_, slot)), start, end }) = *placed {
                busy[slot].push((start, end, job, task));
            }
        }
    }
    for slot in &mut busy {
        slot.sort_unstable();
    }
    busy
}

fn step(instance: &mut Instance, job: usize, task: usize, placed: Placed, because: Vec<Reason>) -> Step {
    let t = &instance.jobs[job].tasks[task];
    let (attended, hold) = match t.state {
        TaskState::Fixed { running: true, .. } => (t.attended, Hold::Running),
        TaskState::Fixed { .. } => (t.attended, Hold::Pinned),
        TaskState::Open | TaskState::Done { .. } => (t.attended, Hold::Free),
    };
    let segments = match placed.on {
        None => Vec::new(),
        Some((resource, _)) if attended && placed.start < placed.end => {
            let windows = instance.resources[resource].windows;
            instance.windows[windows].pieces(placed.start, placed.end)
        }
        Some(_) => vec![(placed.start, placed.end)],
    };
    let at = Timestamp::from_unix;
    Step {
        submission: instance.jobs[job].number,
        stage: task,
        slot: placed.on.map(|(resource, slot)| slot_of(instance, resource, slot)),
        start: at(placed.start),
        end: at(placed.end),
        segments: segments.into_iter().map(|(a, b)| (at(a), at(b))).collect(),
        because,
        hold,
    }
}

fn slot_of(instance: &Instance, resource: usize, slot: usize) -> Slot {
    let place = &instance.resources[resource];
    Slot { resource: place.resource.id.clone(), slot: u32::try_from(slot - place.first_slot).unwrap_or(0) + 1 }
}

/// Why a step to come does not start now.
fn because(instance: &mut Instance, done: &Finished, (job, task): (usize, usize), placed: Placed) -> Vec<Reason> {
    let now = instance.now;
    if placed.start <= now {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    let mut ready = now;
    let j = &instance.jobs[job];
    for &before in &j.tasks[task].after {
        let end = done.built.places[job][before].map_or(now, |placed| placed.end);
        if end > now {
            reasons.push(previous(j, before, Some(end)));
            ready = ready.max(end);
        }
    }
    if let Some(there) =
        arrival(instance, done.built, (job, task), placed).filter(|there| *there > ready && *there <= placed.start)
    {
        reasons.push(Reason::InTransit { until: Timestamp::from_unix(there) });
        ready = there;
    }
    for (_, held) in done.built.held[job].iter().filter(|(held, _)| *held == task) {
        reasons.push(held.clone());
        if let Reason::Held { until, .. } = held {
            ready = ready.max(until.unix());
        }
    }
    if let Some((resource, until)) = down(instance, placed).filter(|(_, until)| *until > ready && *until <= placed.start) {
        reasons.push(Reason::ResourceDown { resource, until: Timestamp::from_unix(until) });
        ready = until;
    }
    let j = &instance.jobs[job];
    let windows = match placed.on {
        Some((resource, _)) => &mut instance.windows[instance.resources[resource].windows],
        None => &mut instance.returns[j.home],
    };
    if let Some(open) = windows.next_open(ready).filter(|open| *open > ready) {
        reasons.push(Reason::Closed { until: Some(Timestamp::from_unix(open)) });
    }
    if let Some((resource, slot)) = placed.on {
        let kept = done.kept.iter().filter(|kept| kept.keeps_off(job, slot, (ready, placed.start)));
        reasons.extend(kept.min_by_key(|kept| kept.from).map(|kept| Reason::Reserved {
            resource: instance.resources[resource].resource.id.clone(),
            first: instance.jobs[kept.job].number,
            until: Timestamp::from_unix(kept.until),
        }));
        reasons.extend(behind(instance, done, (job, task, placed), slot, ready));
    }
    if reasons.is_empty() {
        let until = Timestamp::from_unix(placed.start);
        let opens = opens_at(instance, job, placed);
        reasons.push(if opens { Reason::Closed { until: Some(until) } } else { Reason::InTransit { until } });
    }
    reasons
}

/// Whether who does a step is out of use now, and until when.
fn down(instance: &Instance, placed: Placed) -> Option<(ResourceId, i64)> {
    let place = &instance.resources[placed.on?.0];
    let until = instance.windows[place.windows].closure_touched(instance.now, instance.now + 1)?;
    Some((place.resource.id.clone(), until))
}

fn previous(job: &Job, before: usize, until: Option<i64>) -> Reason {
    let stage = job.stage(before).map_or_else(|| "".into(), |stage| stage.name.clone());
    Reason::PreviousStage { stage, until: until.map(Timestamp::from_unix) }
}

/// Whether whoever does a step opens when it starts.
fn opens_at(instance: &mut Instance, job: usize, placed: Placed) -> bool {
    let windows = match placed.on {
        Some((resource, _)) => &mut instance.windows[instance.resources[resource].windows],
        None => &mut instance.returns[instance.jobs[job].home],
    };
    windows.next_open(placed.start - 1) == Some(placed.start)
}

/// When the device of a step that holds it, or brings it home, can be where the step begins.
fn arrival(instance: &Instance, built: &Built, (job, task): (usize, usize), placed: Placed) -> Option<i64> {
    let j = &instance.jobs[job];
    let to = match placed.on {
        Some((resource, _)) if j.tasks[task].holds => instance.resources[resource].site,
        None => j.home,
        Some(_) => return None,
    };
    let holds = j.tasks.iter().zip(&built.places[job]).filter(|(t, _)| t.holds).filter_map(|(_, place)| *place);
    let before = holds.filter(|hold| hold.start < placed.start && hold.end <= placed.start).max_by_key(|hold| hold.end);
    let (from, at) = match before.and_then(|hold| Some((hold.on?.0, hold.end))) {
        Some((resource, end)) => (instance.resources[resource].site, end),
        None => j.stands,
    };
    (from != to || at > instance.now && before.is_none()).then(|| at + instance.travel[from][to])
}

/// Who has the slot between the moment a step could start and the moment it does.
fn behind(
    instance: &Instance,
    done: &Finished,
    (job, task, placed): (usize, usize, Placed),
    slot: usize,
    ready: i64,
) -> Option<Reason> {
    let busy = &done.busy[slot];
    let from = busy.partition_point(|(_, end, ..)| *end <= ready);
    let until = busy.partition_point(|(begin, ..)| *begin < placed.start);
    let others = busy.get(from..until)?;
    let (_, _, first, its) = *others.first()?;
    let fixed = instance.jobs[first].tasks.iter().any(|task| matches!(task.state, TaskState::Fixed { .. }));
    let (before, this) = (done.order.place(instance, first, its), done.order.place(instance, job, task));
    let rule = match before.cmp(&this) {
        _ if fixed || first == job => RankRule::AlreadyThere,
        Ordering::Less => match compare(&done.order.items[before], &done.order.items[this]) {
            (Ordering::Greater, _) if done.order.items[this].dead_end => RankRule::Completes,
            (Ordering::Greater, _) => RankRule::Exchanged,
            (_, rule) => rule,
        },
        Ordering::Equal | Ordering::Greater => RankRule::FitsBefore,
    };
    let jobs: BTreeSet<usize> = others.iter().map(|(_, _, job, _)| *job).collect();
    Some(Reason::Behind { others: jobs.len(), first: instance.jobs[first].number, rule })
}

/// Every stage without a place, in rank order, with all its causes.
pub fn waiting(instance: &mut Instance, built: &Built, order: &Order) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    for &job in &order.jobs {
        let number = instance.jobs[job].number;
        if instance.jobs[job].route.is_none() {
            waiting.push(Waiting {
                submission: number,
                stage: None,
                reasons: vec![Reason::NoRoute],
                clear_by: None,
                if_cleared_now: None,
            });
            continue;
        }
        let open = |task: &usize| instance.jobs[job].tasks[*task].state == TaskState::Open && built.places[job][*task].is_none();
        let open: Vec<usize> = (0..instance.jobs[job].tasks.len()).filter(open).collect();
        if open.is_empty() {
            continue;
        }
        let gated = built.gated[job].as_ref();
        for task in open {
            let reasons = reasons(instance, built, job, task);
            waiting.push(Waiting {
                submission: number,
                stage: Some(task),
                reasons,
                clear_by: gated.and_then(|gated| gated.clear_by),
                if_cleared_now: gated.map(|gated| gated.if_cleared_now.clone()),
            });
        }
    }
    waiting
}

/// Where stages behind a shut gate would go, were it met now, in rank order.
pub fn if_cleared(instance: &Instance, built: &Built, order: &Order) -> Vec<Hoped> {
    let mut hoped = Vec::new();
    for &job in &order.jobs {
        let places = built.gated[job].iter().flat_map(|gated| &gated.places);
        let tasks = instance.jobs[job].tasks.iter().zip(places).enumerate();
        hoped.extend(tasks.filter(|(_, (task, _))| task.state == TaskState::Open).filter_map(|(stage, (_, place))| {
            let placed = place.as_ref()?;
            Some(Hoped {
                submission: instance.jobs[job].number,
                stage,
                slot: placed.on.map(|(resource, slot)| slot_of(instance, resource, slot)),
                start: Timestamp::from_unix(placed.start),
                end: Timestamp::from_unix(placed.end),
            })
        }));
    }
    hoped
}

/// All causes that hold: gates in the order in which they are judged, the case, then who could do it.
fn reasons(instance: &mut Instance, built: &Built, job: usize, task: usize) -> Vec<Reason> {
    let now = Timestamp::from_unix(instance.now);
    let j = &instance.jobs[job];
    let mut reasons: Vec<Reason> = j.shut.iter().map(|gate| shut(j, *gate, now)).collect();
    reasons.extend(j.earlier.map(|first| Reason::EarlierExhibitFirst { first }));
    for &before in &j.tasks[task].after {
        if j.tasks[before].state == TaskState::Open && built.places[job][before].is_none() {
            reasons.push(previous(j, before, None));
        }
    }
    reasons.extend(nobody(instance, built, (job, task), !reasons.is_empty()));
    reasons
}

fn shut(job: &Job, gate: Gate, now: Timestamp) -> Reason {
    let facts = &job.submission.facts;
    match gate {
        Gate::Parked => Reason::Parked { review_at: job.submission.parked.as_ref().map_or(now, |parked| parked.review_at) },
        Gate::Outside => match &job.submission.device {
            Whereabouts::Outside { due, .. } => Reason::Outside { due: *due },
            _ => Reason::NotDelivered,
        },
        Gate::Agreement => Reason::NoAgreement {
            agreed: facts.agreement_at.is_some_and(|at| at <= now),
            notice: facts.notice_at.is_some_and(|at| at <= now),
        },
        Gate::Confidential => Reason::Confidential,
        Gate::LegalBasis => Reason::NoLegalBasis,
        Gate::Authorisation => Reason::NotAuthorised,
        Gate::Delivery => {
            facts.delivered_at.filter(|at| *at > now).map_or(Reason::NotDelivered, |until| Reason::InTransit { until })
        }
        Gate::Pin => Reason::NoPin { lock_state: facts.lock_state },
    }
}

/// Why no resource does a stage, if none can, or, where nothing else keeps it, none can in time.
fn nobody(instance: &mut Instance, built: &Built, (job, task): (usize, usize), other_causes: bool) -> Vec<Reason> {
    let j = &instance.jobs[job];
    let t = &j.tasks[task];
    if let Some(withheld) = j.submission.withheld.as_ref().filter(|_| t.returns) {
        return vec![Reason::Withheld { review_at: withheld.review_at }];
    }
    if t.returns {
        return if other_causes { Vec::new() } else { vec![Reason::NoReturnWindow] };
    }
    let Some(stage) = j.stage(task) else { return Vec::new() };
    let all = t.all.iter().flat_map(|pool| instance.pools[*pool].iter().copied());
    let able: Vec<usize> = all.filter(|resource| is_person(instance, built, (job, task), *resource)).collect();
    if able.is_empty() {
        let held = held(instance, built, (job, task), stage);
        if !held.is_empty() {
            return held;
        }
        let facts = &j.submission.facts;
        let (by, stage) = (stage.by.clone(), stage.name.clone());
        return vec![Reason::NobodyCan { by, stage, level: facts.level, device: facts.device.clone() }];
    }
    if other_causes {
        return Vec::new();
    }
    let now = instance.now;
    let mut reasons: Vec<Reason> = Vec::new();
    for resource in able {
        let place = &instance.resources[resource];
        let id = place.resource.id.clone();
        if instance.windows[place.windows].next_open(now).is_none() || place.lapse == FAR {
            continue;
        }
        reasons.push(match (place.resource.validated_until, place.resource.competent_until) {
            (Some(validated), Some(competent)) if competent < validated => Reason::CompetenceLapsed { resource: id },
            (Some(_), _) => Reason::NotValidated { resource: id },
            _ => Reason::CompetenceLapsed { resource: id },
        });
    }
    if reasons.is_empty() {
        reasons.push(Reason::Closed { until: None });
    }
    reasons
}

/// Who could do a stage but for a quality hold.
fn held(instance: &Instance, built: &Built, (job, task): (usize, usize), stage: &Stage) -> Vec<Reason> {
    let facts = &instance.jobs[job].submission.facts;
    let places = instance.resources.iter().enumerate().filter(|(_, place)| place.held);
    let able = places.filter(|(_, place)| place.can(stage, facts.level, &facts.device));
    let persons = able.filter(|(resource, _)| is_person(instance, built, (job, task), *resource));
    persons.map(|(_, place)| Reason::QualityHold { resource: place.resource.id.clone() }).collect()
}

/// Whether a resource is who a stage must be done by, given who does the others.
fn is_person(instance: &Instance, built: &Built, (job, task): (usize, usize), resource: usize) -> bool {
    let tasks = &instance.jobs[job].tasks;
    let elsewhere = tasks[task].kept.is_some_and(|kept| instance.resource_of[kept] != resource);
    if elsewhere || tasks[task].barred.contains(&resource) {
        return false;
    }
    let by = |other: usize| match tasks[other].state {
        TaskState::Done { resource, .. } => resource,
        _ => built.places[job][other].and_then(|placed| placed.on).map(|(resource, _)| resource),
    };
    let same = |other: usize| by(other).is_none_or(|by| by == resource);
    let different = |other: usize| by(other) != Some(resource);
    tasks[task].same.iter().all(|other| same(*other)) && tasks[task].different.iter().all(|other| different(*other))
}
