//! Capacity: what came in against what was done, how much of their open time resources worked, and what failed.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{By, Period, examined_at, group_of, permille};
use crate::domain::establishment::{Resource, ResourceKind};
use crate::domain::event::FailureCause;
use crate::domain::ids::{ResourceId, SiteId};
use crate::domain::policy::{Milestone, Route};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Submission, Unit, reached};

/// A submission, and the work that was done on it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// As it is.
    pub submission: &'a Submission,
    /// Its route, as its policy version has it.
    pub route: Option<&'a Route>,
    /// The work on it that was begun before the period ended and not over before it began.
    pub work: &'a [Work],
}

/// Work on one stage by one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Who did it.
    pub resource: ResourceId,
    /// From when until when, since it was taken up last; still, where it goes on. None while it is paused.
    pub span: Option<(Timestamp, Option<Timestamp>)>,
    /// When it was first begun and how much was done before it was paused last, in seconds at speed 1; none where it never was.
    pub earlier: Option<(Timestamp, Seconds)>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not, or it was given back.
    None,
    /// The stage was done.
    Finished,
    /// It could not be done.
    Failed(FailureCause),
}

/// What came in and what was done in a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Requests registered.
    pub arrived: u64,
    /// All that holds the device was done.
    pub examined: u64,
    /// The examination was ended before that.
    pub removed: u64,
    /// Results were there.
    pub results: u64,
    /// Their owners had the device.
    pub returned: u64,
    /// Still to be examined at the end of the week, or now.
    pub left: u64,
}

/// What was counted of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Worked {
    spans: Vec<(Timestamp, Timestamp)>,
    /// Seconds at speed 1 before pauses.
    before_pauses: i64,
    finished: u64,
    failed: u64,
}

/// What failed for one reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// How often.
    pub count: u64,
    /// Seconds from beginning until it failed, in all.
    pub lost: i64,
}

/// What came in, what was done, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// By week, of a group where the report is broken down.
    pub flow: BTreeMap<(Option<String>, NaiveDate), Flow>,
    worked: BTreeMap<ResourceId, Worked>,
    failed: BTreeMap<(ResourceId, FailureCause), Failed>,
}

/// How much of its open time a resource worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Where it is.
    pub site: SiteId,
    /// What it is.
    pub kind: ResourceKind,
    /// Which; none for all of the kind at the site.
    pub resource: Option<ResourceId>,
    /// How many work at once.
    pub slots: u64,
    /// Seconds that they were open, in all.
    pub open: i64,
    /// Seconds of these that were worked.
    pub worked: i64,
    /// How much work ended there.
    pub ended: u64,
    /// How much of it had failed.
    pub failed: u64,
    /// Whether they worked half of their time or more, and nobody else at the site more of theirs: what binds there.
    pub binds: bool,
}

impl Use {
    /// How much of the open time was worked, in thousandths; none where it was never open.
    pub fn worked_permille(&self) -> Option<i64> {
        (self.open > 0).then(|| (self.worked * 1_000 + self.open / 2) / self.open)
    }

    /// How much of what ended had failed, in thousandths; none of too few.
    pub fn failed_permille(&self) -> Option<u64> {
        permille(self.failed, self.ended)
    }
}

impl Capacity {
    /// Takes a submission in.
    pub fn take_in(&mut self, record: &Record<'_>, by: Option<By>, period: &Period<'_>, weeks: &[(NaiveDate, Timestamp)]) {
        self.flow(record, by, period, weeks);
        for work in record.work {
            self.work(work, period);
        }
    }

    fn flow(&mut self, record: &Record<'_>, by: Option<By>, period: &Period<'_>, weeks: &[(NaiveDate, Timestamp)]) {
        let Record { submission, route, .. } = *record;
        let group = group_of(submission, by);
        let examined = examined_at(submission, route);
        let removed = submission.removed.as_ref().map(|removed| removed.at).filter(|_| examined.is_none());
        let results = reached(submission, route, Milestone::Results);
        let returned = submission.returned.as_ref().map(|returned| returned.at);
        let mut count = |at: Option<Timestamp>, of: fn(&mut Flow) -> &mut u64| {
            if let Some(at) = at.filter(|at| period.has(*at)) {
                *of(self.flow.entry((group.clone(), period.week(at))).or_default()) += 1;
            }
        };
        count(Some(submission.registered_at), |flow| &mut flow.arrived);
        count(examined, |flow| &mut flow.examined);
        count(removed, |flow| &mut flow.removed);
        count(results, |flow| &mut flow.results);
        count(returned, |flow| &mut flow.returned);
        let over = [examined, removed, returned].into_iter().flatten().min();
        for (monday, end) in weeks {
            if submission.registered_at < *end && over.is_none_or(|over| over >= *end) {
                self.flow.entry((group.clone(), *monday)).or_default().left += 1;
            }
        }
    }

    fn work(&mut self, work: &Work, period: &Period<'_>) {
        let worked = self.worked.entry(work.resource.clone()).or_default();
        if let Some((from, until)) = work.span {
            let until = until.unwrap_or(period.now);
            worked.spans.push((from.max(period.from), until.min(period.end())));
            if period.has(until) {
                match work.outcome {
                    Outcome::Finished => worked.finished += 1,
                    Outcome::Failed(cause) => {
                        worked.failed += 1;
                        let failed = self.failed.entry((work.resource.clone(), cause)).or_default();
                        failed.count += 1;
                        failed.lost += (until - from).0.max(0);
                    }
                    Outcome::None => {}
                }
            }
        }
        if let Some((begun, seconds)) = work.earlier
            && period.has(begun)
        {
            worked.before_pauses += seconds.0;
        }
    }

    /// How much of their open time resources worked, by what the calendars and closures of today say: one line for each resource that
    /// `shown` lets through.
    pub fn uses(&self, unit: &Unit, period: &Period<'_>, shown: impl Fn(&ResourceId) -> bool) -> Vec<Use> {
        let resources = unit.establishment.resources.iter().filter(|resource| shown(&resource.id));
        resources.map(|resource| self.used(unit, resource, period)).collect()
    }

    fn used(&self, unit: &Unit, resource: &Resource, period: &Period<'_>) -> Use {
        let nothing = Worked::default();
        let worked = self.worked.get(&resource.id).unwrap_or(&nothing);
        let (mut open, mut seconds) = (0, worked.before_pauses * 100 / i64::from(resource.speed.max(1)));
        if let Some(mut windows) = unit.windows(resource, period.from) {
            // Who may not work any more has no open time.
            let zone = &unit.establishment.zone;
            let lapses = resource.lapses().map_or(period.end(), |last| zone.end_of_day(last).min(period.end()).max(period.from));
            open = windows.between(period.from, lapses).0 * i64::from(resource.slots);
            seconds += worked.spans.iter().map(|(from, until)| windows.between(*from, *until).0.max(0)).sum::<i64>();
        }
        Use {
            site: resource.site.clone(),
            kind: resource.kind,
            resource: Some(resource.id.clone()),
            slots: resource.slots.into(),
            open,
            worked: seconds,
            ended: worked.finished + worked.failed,
            failed: worked.failed,
            binds: false,
        }
    }

    /// What failed, by kind of resource and reason, of the resources that `shown` lets through.
    pub fn failures(&self, unit: &Unit, shown: impl Fn(&ResourceId) -> bool) -> BTreeMap<(ResourceKind, FailureCause), Failed> {
        let mut failures: BTreeMap<_, Failed> = BTreeMap::new();
        for ((id, cause), failed) in self.failed.iter().filter(|((id, _), _)| shown(id)) {
            // Of what is in the unit file no more the kind is not known.
            let Some(resource) = unit.establishment.resource(id) else { continue };
            let sum = failures.entry((resource.kind, *cause)).or_default();
            sum.count += failed.count;
            sum.lost += failed.lost;
        }
        failures
    }
}

/// Who works less of their time than this keeps nothing waiting for want of more of them: half, in thousandths.
const BINDS_FROM: i64 = 500;

/// The same by site and kind, with what binds at each site.
pub fn by_kind(uses: &[Use]) -> Vec<Use> {
    let mut kinds: BTreeMap<(SiteId, ResourceKind), Use> = BTreeMap::new();
    for one in uses {
        let nothing = Use { resource: None, slots: 0, open: 0, worked: 0, ended: 0, failed: 0, ..one.clone() };
        let sum = kinds.entry((one.site.clone(), one.kind)).or_insert(nothing);
        sum.slots += one.slots;
        sum.open += one.open;
        sum.worked += one.worked;
        sum.ended += one.ended;
        sum.failed += one.failed;
    }
    let mut kinds: Vec<Use> = kinds.into_values().collect();
    let mut most: BTreeMap<SiteId, i64> = BTreeMap::new();
    for one in kinds.iter().filter(|one| one.worked > 0) {
        let most = most.entry(one.site.clone()).or_default();
        *most = (*most).max(one.worked_permille().unwrap_or(0));
    }
    for one in &mut kinds {
        let worked = one.worked_permille().filter(|worked| *worked >= BINDS_FROM);
        one.binds = worked.is_some() && worked == most.get(&one.site).copied();
    }
    kinds
}
