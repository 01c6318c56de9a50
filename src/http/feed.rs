//! What is told of the ledger as it grows: read and written once for all who follow it, and who sits there.
//!
//! Level-triggered, with no task of its own: whoever wakes first reads what is new, the others find it there. So nothing
//! goes on while nobody listens, and a reader costs the database nothing. Kept are the last [`KEPT`] entries; whoever is
//! further behind reads pages from the store, a few readers at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turn, Semaphore};

use super::error::Problem;
use super::views::event::Told;
use super::{Api, House};
use crate::clock::monotonic;
use crate::domain::ids::QueueNumber;
use crate::domain::unit::{Submission, Unit};
use crate::store::StoreError;

/// Entries kept for those who follow: all that a group of commands records as a rule, many times over.
const KEPT: usize = 4_096;
/// Entries read from the store at once: of what is new, for all; and of what is no longer kept, for one reader.
const PAGE: i64 = 512;
const PAGE_FOR_ONE: i64 = 128;
/// How many read pages of what is no longer kept at once.
const PAGING: usize = 2;
/// How long it is known which tokens were taken back.
const WORTH: Duration = Duration::from_secs(1);

/// Ids of tokens that were taken back, and when they were looked up.
type TakenBack = (Instant, BTreeSet<String>);

/// What is told, to whom.
pub struct Feed {
    ring: Mutex<Option<Ring>>,
    /// Whose turn it is to read what is new.
    reading: Turn<()>,
    paging: Semaphore,
    taken_back: Turn<Option<TakenBack>>,
    seats: Arc<Mutex<Seats>>,
}

impl Default for Feed {
    fn default() -> Self {
        let (ring, seats) = (Mutex::default(), Arc::default());
        Self { ring, reading: Turn::default(), paging: Semaphore::new(PAGING), taken_back: Turn::default(), seats }
    }
}

/// The newest entries, without gaps.
struct Ring {
    /// The entry before the first that is kept.
    before: i64,
    /// The last that is.
    head: i64,
    told: VecDeque<Arc<Told>>,
    /// Submissions that closed with one of them, as they were then: who may hear of what was recorded of them before is judged by that,
    /// and no longer by where they were.
    closed: BTreeMap<QueueNumber, Arc<Submission>>,
}

impl Ring {
    /// Nothing kept, and what follows `seq` to come.
    fn from(seq: i64) -> Self {
        Self { before: seq, head: seq, told: VecDeque::new(), closed: BTreeMap::new() }
    }

    fn push(&mut self, told: Vec<Arc<Told>>) {
        for one in told {
            self.head = one.seq;
            self.closed.extend(one.closed().map(|closed| (closed.number, Arc::clone(closed))));
            self.told.push_back(one);
        }
        while self.told.len() > KEPT {
            self.before = self.told.pop_front().map_or(self.before, |oldest| oldest.seq);
        }
        // What nothing that is kept speaks of is not asked for.
        if self.closed.len() > KEPT {
            let kept: BTreeSet<QueueNumber> = self.told.iter().filter_map(|told| told.number()).collect();
            self.closed.retain(|number, _| kept.contains(number));
        }
    }
}

/// What follows an entry.
pub enum Next {
    /// These, of those that are kept; none: that was the last.
    Kept(VecDeque<Arc<Told>>),
    /// It is too long ago: the store has them.
    InStore,
}

impl Feed {
    /// Reads what is new, unless another reader has.
    pub async fn look(&self, api: &Api) -> Result<(), StoreError> {
        if self.head() == Some(api.desk.seq()) {
            return Ok(());
        }
        let _turn = self.reading.lock().await;
        let unit = api.desk.unit();
        loop {
            let head = {
                let mut ring = locked(&self.ring);
                let ring = ring.get_or_insert_with(|| Ring::from(unit.seq));
                // Nobody listened for a while: what came meanwhile is in the store.
                if unit.seq - ring.head > i64::try_from(KEPT).unwrap_or(i64::MAX) {
                    *ring = Ring::from(unit.seq);
                }
                ring.head
            };
            if head >= unit.seq {
                return Ok(());
            }
            let page = told(api, &unit, head, PAGE).await?;
            if page.is_empty() {
                return Err(StoreError::corrupt(&format!(
                    "the ledger has no entry after {head}, and the unit is at {}",
                    unit.seq
                )));
            }
            if let Some(ring) = locked(&self.ring).as_mut() {
                ring.push(page);
            }
        }
    }

    fn head(&self) -> Option<i64> {
        locked(&self.ring).as_ref().map(|ring| ring.head)
    }

    /// Up to `most` of what follows entry `after`.
    pub fn after(&self, after: i64, most: usize) -> Next {
        match locked(&self.ring).as_ref() {
            Some(ring) if after >= ring.before => {
                let first = ring.told.partition_point(|told| told.seq <= after);
                Next::Kept(ring.told.range(first..).take(most).cloned().collect())
            }
            _ => Next::InStore,
        }
    }

    /// A submission that closed of late, as it was then.
    pub fn closed(&self, number: QueueNumber) -> Option<Arc<Submission>> {
        locked(&self.ring).as_ref()?.closed.get(&number).cloned()
    }

    /// A page of what follows entry `after`, from the store.
    pub async fn page(&self, api: &Api, after: i64) -> Result<VecDeque<Arc<Told>>, StoreError> {
        // The semaphore is never closed.
        let _turn = self.paging.acquire().await;
        Ok(told(api, &api.desk.unit(), after, PAGE_FOR_ONE).await?.into())
    }

    /// Whether a token was taken back, as known a second ago at most.
    pub async fn is_taken_back(&self, api: &Api, token: &str) -> Result<bool, StoreError> {
        let mut known = self.taken_back.lock().await;
        if let Some((_, tokens)) = known.as_ref().filter(|(at, _)| at.elapsed() < WORTH) {
            return Ok(tokens.contains(token));
        }
        let tokens: BTreeSet<String> = api.store.tokens_taken_back(api.clock.now()).await?.into_iter().collect();
        let taken = tokens.contains(token);
        *known = Some((monotonic(), tokens));
        Ok(taken)
    }
}

/// Entries that follow `after`, up to where the unit stands.
async fn told(api: &Api, unit: &Unit, after: i64, most: i64) -> Result<Vec<Arc<Told>>, StoreError> {
    let recorded = api.store.recorded(after, unit.seq, most).await?;
    recorded.into_iter().map(|recorded| Told::of(recorded, unit).map(Arc::new)).collect()
}

/// Streams that are open.
#[derive(Default)]
struct Seats {
    all: u32,
    by_token: BTreeMap<String, u32>,
}

/// The place of one stream; free again once it is dropped.
pub struct Seat {
    seats: Arc<Mutex<Seats>>,
    token: String,
}

impl House {
    /// Takes a place for one more stream of a token.
    pub(super) fn seat(&self, token: &str) -> Result<Seat, Problem> {
        let limits = &self.api.limits;
        let mut seats = locked(&self.feed.seats);
        if seats.by_token.get(token).is_some_and(|open| *open >= limits.streams_per_token) {
            return Err(Problem::too_many_streams(
                format!("this token has {} streams open: close one, or share it", limits.streams_per_token),
                Duration::from_secs(10),
            ));
        }
        if seats.all >= limits.streams {
            return Err(Problem::unavailable("as many streams are open as may be: read from time to time instead"));
        }
        seats.all += 1;
        *seats.by_token.entry(token.to_owned()).or_default() += 1;
        Ok(Seat { seats: Arc::clone(&self.feed.seats), token: token.to_owned() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = locked(&self.seats);
        seats.all -= 1;
        if let Some(open) = seats.by_token.get_mut(&self.token) {
            *open -= 1;
            if *open == 0 {
                seats.by_token.remove(&self.token);
            }
        }
    }
}

/// Each is changed in steps that can't panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
