//! Nothing is left out: tries every gap that the plan leaves for each stage that waits with its gates met and its
//! predecessors planned.
//!
//! A stage that could be done somewhere could be done as early as something there allows: from when it is ready, from the
//! end of another step of the slot, or from when the device can come from another stage of it. Trying these is trying all.

use super::calendar::{self, Opening, Span, first_fit};
use super::device::{Position, position, trip};
use super::job::{Job, Task};
use super::view::View;
use super::violation::Violation;
use crate::domain::ids::Slot;
use crate::domain::time::Timestamp;
use crate::planner::Step;

const DAY: i64 = 86_400;

pub(super) fn omissions(view: &View<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for job in view.jobs.iter().filter(|job| job.shut.is_empty() && job.before.is_empty()) {
        for task in job.tasks.iter().filter(|task| task.end().is_none()) {
            let before = || task.stage.after.iter().filter_map(|before| job.tasks.get(*before));
            if before().any(|before| before.end().is_none()) {
                continue;
            }
            let ready = before().filter_map(Task::end).max().unwrap_or(view.now).max(view.now);
            let place = if task.stage.returns_device { hand_back(view, job, ready) } else { on_a_slot(view, job, task, ready) };
            if let Some((slot, from, until)) = place {
                let place = (Timestamp::from_unix(from), Timestamp::from_unix(until));
                found.push(Violation::Omitted { at: job.subject(task.index), slot, place });
            }
        }
    }
    found
}

type Found = Option<(Option<Slot>, i64, i64)>;

fn hand_back(view: &View<'_>, job: &Job<'_>, ready: i64) -> Found {
    if job.submission.withheld.is_some() {
        return None;
    }
    let mut last = position(view, job);
    for task in job.tasks.iter().filter(|task| task.stage.holds_device && !task.is_done()) {
        let (step, worker) = task.step.zip(task.worker)?;
        if step.end.unix() >= last.since {
            let site = Some(view.workers[worker].site);
            last = Position { site, since: step.end.unix(), held: site };
        }
    }
    let home = view.site(job.facts().home())?;
    let at_home = last.since + view.travel(last.site?, home);
    let (from, until) = first_fit(&view.sites[home].returns, at_home.max(ready), trip(view, job, home))?;
    Some((None, from, until))
}

fn on_a_slot(view: &View<'_>, job: &Job<'_>, task: &Task<'_>, ready: i64) -> Found {
    let able = view.able(task.stage, job.facts());
    for worker in able.iter().copied().filter(|worker| view.may(job, task, *worker)) {
        let opening = opening(view, worker);
        for slot in 1..=view.workers[worker].resource.slots {
            let slot = Slot { resource: view.workers[worker].resource.id.clone(), slot };
            if task.state.paused().is_some_and(|paused| paused.slot != slot) {
                continue;
            }
            let search = Search { view, job, task, worker, opening: &opening, booked: booked(view, job, &slot) };
            if let Some((from, until)) = search.place(ready) {
                return Some((Some(slot), from, until));
            }
        }
    }
    None
}

/// The earliest place for a planned stage on its own slot, all else being where it is.
pub(super) fn earlier_place(view: &View<'_>, job: &Job<'_>, task: &Task<'_>, worker: usize) -> Option<Span> {
    let slot = task.step?.slot.as_ref()?;
    let before = task.stage.after.iter().filter_map(|before| job.tasks.get(*before)).map(Task::end);
    let ready = before.collect::<Option<Vec<i64>>>()?.into_iter().max().unwrap_or(view.now).max(view.now);
    let own = |step: &&Step| (step.submission, step.stage) == (job.submission.number, task.index);
    let on_it = view.plan.steps.iter().filter(|step| step.slot.as_ref() == Some(slot) && !own(step));
    let kept = view.kept_from(job.submission.number, slot).map(|kept| kept.span);
    let booked = on_it.map(|step| (step.start.unix(), step.end.unix())).chain(kept).collect();
    Search { view, job, task, worker, opening: &opening(view, worker), booked }.place(ready)
}

/// The windows of a worker until its dates lapse, or long after the plan.
fn opening(view: &View<'_>, worker: usize) -> Opening {
    let resource = view.workers[worker].resource;
    let zone = &view.unit.establishment.zone;
    let last = view.plan.steps.iter().map(|step| step.end.unix()).max().unwrap_or(view.now).max(view.now);
    let until = lapses(view, worker).map_or(last + 60 * DAY, |lapse| lapse.min(last + 400 * DAY) + 2 * DAY);
    let hours = view.unit.establishment.calendar(&resource.calendar).map(|calendar| &calendar.hours);
    let windows = hours.map_or_else(Vec::new, |hours| calendar::windows(hours, zone, view.now, until));
    Opening::new(&windows, view.workers[worker].opening.closures.clone())
}

/// From when on nothing may end there.
fn lapses(view: &View<'_>, worker: usize) -> Option<i64> {
    let resource = view.workers[worker].resource;
    let dates = [resource.validated_until, resource.competent_until].into_iter().flatten();
    dates.map(|date| view.unit.establishment.zone.instant(date, 86_400).unix()).min()
}

/// When a slot is not free for a job: what is on it, and what is kept for others.
fn booked(view: &View<'_>, job: &Job<'_>, slot: &Slot) -> Vec<Span> {
    let on_it = view.plan.steps.iter().filter(|step| step.slot.as_ref() == Some(slot));
    let kept = view.kept_from(job.submission.number, slot).map(|kept| kept.span);
    on_it.map(|step| (step.start.unix(), step.end.unix())).chain(kept).collect()
}

/// A search for a place on one slot.
struct Search<'a> {
    view: &'a View<'a>,
    job: &'a Job<'a>,
    task: &'a Task<'a>,
    worker: usize,
    opening: &'a Opening,
    booked: Vec<Span>,
}

impl Search<'_> {
    fn place(&self, ready: i64) -> Option<Span> {
        let mut from = vec![ready];
        from.extend(self.booked.iter().map(|step| step.1));
        if self.task.stage.holds_device {
            from.extend(self.held().map(|(site, _, end)| end + self.view.travel(site, self.site())));
            let first = position(self.view, self.job);
            from.push(first.since + first.site.map_or(0, |site| self.view.travel(site, self.site())));
        }
        from.sort_unstable();
        from.into_iter().filter(|from| *from >= ready).find_map(|from| self.earliest(from).filter(|place| self.is_free(*place)))
    }

    fn site(&self) -> usize {
        self.view.workers[self.worker].site
    }

    /// The other stages that hold the device: where, from, until.
    fn held(&self) -> impl Iterator<Item = (usize, i64, i64)> + '_ {
        let others = self.job.tasks.iter().filter(|task| task.stage.holds_device && task.index != self.task.index);
        others.filter_map(|task| {
            let (step, worker) = task.step.zip(task.worker)?;
            Some((self.view.workers[worker].site, step.start.unix(), step.end.unix()))
        })
    }

    /// The first place at or after `from` that the worker's windows allow.
    fn earliest(&self, from: i64) -> Option<Span> {
        let time = self.view.time(self.task, self.job.submission, self.worker);
        let mut start = self.opening.next_open(from)?;
        if self.task.stage.attended {
            return Some((start, self.opening.finish(start, time)?));
        }
        loop {
            let end = self.opening.handover(start + time)?;
            match self.opening.touched(start, end) {
                Some(closure) => start = self.opening.next_open(closure.1)?,
                None => return Some((start, end)),
            }
        }
    }

    /// Whether slot and device are free for all of it.
    fn is_free(&self, (from, until): Span) -> bool {
        if lapses(self.view, self.worker).is_some_and(|lapse| until > lapse) {
            return false;
        }
        let apart = |other: &Span| until <= other.0 || other.1 <= from;
        self.booked.iter().all(apart) && (!self.task.stage.holds_device || self.device_is_free((from, until)))
    }

    fn device_is_free(&self, (from, until): Span) -> bool {
        let (view, site) = (self.view, self.site());
        let first = position(view, self.job);
        let comes = first.site.is_some_and(|there| first.since + view.travel(there, site) <= from);
        let goes = self.job.tasks.iter().filter(|task| task.stage.returns_device).all(|task| task.end().is_none());
        let mut held = self.held();
        comes
            && goes
            && held.all(|(there, start, end)| {
                let travel = view.travel(there, site);
                until + travel <= start || end + travel <= from
            })
    }
}
