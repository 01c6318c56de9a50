//! What is recorded, as it is recorded: a stream of server-sent events, resumable at any entry of the ledger.
//!
//! A reader asks for more only once the network has taken what it was told (the body is pulled), so that what one costs is
//! bounded by construction: one page of entries that it shares with the others, and one chunk on its way. One that has heard
//! of the present and then falls behind what is kept for all is dropped; it comes back with `Last-Event-ID` and reads on
//! from the store.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::House;
use super::access::Caller;
use super::error::{Mistake, Problem};
use super::feed::{Next, Seat};
use super::openapi::doc::{Answer, Doc, Kind, may, shape};
use super::page::Params;
use super::views::event::{EventView, Told};
use crate::clock::monotonic;
use crate::daemon::published::Published;
use crate::domain::unit::Unit;
use crate::store::StoreError;

/// The header with which a client that lost its stream says where it was.
const LAST: &str = "last-event-id";
/// What a client waits before it comes back, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";
/// How long at most nothing is said.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the token is still worth something, and at most that a newer plan is told.
const LOOK: Duration = Duration::from_secs(1);
/// Between two looks at what is new there is at least this long, so that many readers of a busy unit cost little.
const SETTLE: Duration = Duration::from_millis(50);
/// Entries taken at once from those that are kept.
const TAKEN: usize = 256;
/// Bytes after which a chunk is sent.
const CHUNK: usize = 32 * 1_024;

/// What [`stream`] is for.
pub const EVENTS: Doc = Doc::read("Follow what is recorded, as it is recorded", &[STREAM])
    .query(&[may("after", Kind::Whole(0, i64::MAX, 4711), "Begin after this entry of the ledger; with what comes next unless given.")])
    .headers(&["LastEventId"])
    .more(
        "Server-sent events. Each entry that the reader may see is one event: `id` its `seq`, `event` its kind, `data` an `Event`. Once \
         all of the past is told, and whenever a newer plan is published (a second apart at least), there is an `event: plan` without \
         an id and with `{\"plan_seq\": 4711}`: time for a board to look again. When nothing happens a comment comes every 15 s, with \
         the `id` so far.\n\nThe stream ends when its token is worth nothing any more, when the daemon stops, and where the reader is \
         too slow: come back with `Last-Event-ID`.",
    );
const STREAM: Answer = Answer::only(
    "What is recorded, without an end; the schema is that of each event's `data`.",
    &[("text/event-stream", Some(shape::<EventView<'_>>))],
);

/// `GET /v1/events?after=`: what is recorded from now on, or since entry `after` of the ledger, as server-sent events.
///
/// `Last-Event-ID` goes before `after`, so that a client which comes back reads on where it was. Each entry that the reader may
/// see is one event: `id` its `seq`, `event` its kind, `data` as in [`views::event`](super::views::event). Once all of the past is
/// told, and whenever a newer plan is published (a second apart at least), there is an `event: plan` without an id and with
/// `{"plan_seq": 4711}`: time for a board to look again. When nothing happens a comment comes every 15 s, with the `id` so far.
///
/// 400 where the entry lies beyond the end of the ledger; 429 and 503 (`Retry-After`) where too many streams are open. The
/// stream ends when its token is worth nothing any more, when the daemon stops, and where the reader is too slow.
pub async fn stream(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let after = params.whole("after");
    params.done()?;
    let end = house.api.desk.seq();
    let after = match headers.get(LAST) {
        Some(value) => Some(last(value).filter(|seq| *seq <= end).ok_or_else(|| {
            Problem::header("Last-Event-ID", &format!("is no entry of the ledger, which ends at {end}: begin anew without it"))
        })?),
        None => after,
    };
    if let Some(after) = after.filter(|after| *after > end) {
        let beyond = format!("{after} lies beyond the ledger, which ends at {end}: begin anew without it");
        return Err(Problem::query(&[Mistake::new("after", beyond)]));
    }
    let seat = house.seat(&caller.token.id)?;
    let reader = Reader::new(house, caller, after.unwrap_or(end), seat);
    let opening = stream::iter([Bytes::from_static(RETRY.as_bytes())]);
    let events = opening.chain(stream::unfold(reader, Reader::next)).map(Ok::<_, Infallible>);
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that gathers what it passes on would hold it back.
    let unbuffered = (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([kind, unbuffered], Body::from_stream(events)).into_response())
}

fn last(value: &HeaderValue) -> Option<i64> {
    let text = value.to_str().ok()?.trim();
    text.parse().ok().filter(|seq| *seq >= 0)
}

/// One who follows.
struct Reader {
    house: House,
    caller: Caller,
    _seat: Seat,
    /// The last entry that was told, or passed over.
    at: i64,
    /// What follows it, as far as it was taken.
    page: VecDeque<Arc<Told>>,
    /// Whether it has heard of the present.
    live: bool,
    changes: watch::Receiver<Unit>,
    plans: watch::Receiver<Arc<Published>>,
    /// The plan that it was told of last, and when.
    plan: Option<(Arc<Published>, Instant)>,
    spoken: Instant,
}

/// Why a stream ends.
enum End {
    /// The reader is too slow.
    Slow,
    /// The store does not answer.
    Store(StoreError),
}

impl Reader {
    fn new(house: House, caller: Caller, at: i64, seat: Seat) -> Self {
        let (changes, plans) = (house.api.desk.changes(), house.api.plan.clone());
        let page = VecDeque::new();
        Self { house, caller, _seat: seat, at, page, live: false, changes, plans, plan: None, spoken: monotonic() }
    }

    /// What is told next; none where the stream ends.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if self.house.api.stop.is_cancelled() || !self.is_welcome().await {
                return None;
            }
            // Registered before reading, so that what comes meanwhile wakes it.
            self.changes.mark_unchanged();
            self.plans.mark_unchanged();
            let told = self.tell();
            if !told.is_empty() {
                return Some(self.say(told));
            }
            if self.spoken.elapsed() >= HEARTBEAT {
                let still = format!(": still here\nid: {}\n\n", self.at);
                return Some(self.say(still));
            }
            match self.take().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(End::Slow) => {
                    tracing::info!(token = %self.caller.token.id, "a reader of events was too slow and is dropped");
                    return None;
                }
                Err(End::Store(cause)) => {
                    tracing::warn!(%cause, "a stream of events ends: what was recorded can't be read");
                    return None;
                }
            }
            if let Some(plan) = self.newer_plan() {
                return Some(self.say(plan));
            }
            if !self.wait().await {
                return None;
            }
        }
    }

    fn say(mut self, text: String) -> (Bytes, Self) {
        self.spoken = monotonic();
        (Bytes::from(text), self)
    }

    /// Whether the token is still worth something.
    async fn is_welcome(&self) -> bool {
        let (api, token) = (&self.house.api, &self.caller.token);
        token.is_valid(api.clock.now()) && matches!(self.house.feed.is_taken_back(api, &token.id).await, Ok(false))
    }

    /// Of what was taken, a chunk of what the reader may see now.
    fn tell(&mut self) -> String {
        let mut text = String::new();
        if self.page.is_empty() {
            return text;
        }
        let unit = self.house.api.desk.unit();
        while text.len() < CHUNK
            && let Some(told) = self.page.pop_front()
        {
            self.at = told.seq;
            text.extend(told.to(&self.caller, &unit, |number| self.house.feed.closed(number)));
        }
        text
    }

    /// Takes what follows; false where there is nothing.
    async fn take(&mut self) -> Result<bool, End> {
        let (api, feed) = (&self.house.api, &self.house.feed);
        feed.look(api).await.map_err(End::Store)?;
        self.page = match feed.after(self.at, TAKEN) {
            Next::Kept(told) => {
                self.live = true;
                told
            }
            Next::InStore if self.live => return Err(End::Slow),
            Next::InStore => feed.page(api, self.at).await.map_err(End::Store)?,
        };
        Ok(!self.page.is_empty())
    }

    /// Says that there is a newer plan, unless one was told a moment ago.
    fn newer_plan(&mut self) -> Option<String> {
        let newest = Arc::clone(&self.plans.borrow());
        let known = self.plan.as_ref();
        if known.is_some_and(|(told, at)| Arc::ptr_eq(told, &newest) || at.elapsed() < LOOK) {
            return None;
        }
        let text = format!("event: plan\ndata: {{\"plan_seq\":{}}}\n\n", newest.rests_on());
        self.plan = Some((newest, monotonic()));
        Some(text)
    }

    /// Waits until there may be something to tell; false where the daemon stops.
    async fn wait(&mut self) -> bool {
        let stop = self.house.api.stop.clone();
        let something = async {
            tokio::select! {
                changed = self.changes.changed() => changed.is_ok(),
                changed = self.plans.changed() => changed.is_ok(),
                () = sleep(LOOK) => true,
            }
        };
        let settled = async {
            let more = something.await;
            sleep(SETTLE).await;
            more
        };
        tokio::select! {
            more = settled => more,
            () = stop.cancelled() => false,
        }
    }
}
