//! Keeps the access log: gathers who read what and writes it in batches, within a second; what leaves the house as a file is on
//! record before it does.
//!
//! Bounded, and nothing is lost while the daemon lives: where the database is slower than its readers, these wait; where it
//! takes nothing at all, they are refused rather than let read unseen.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::store::{Reading, Store};

/// Lines that may wait to be written.
const WAITING: usize = 4_096;
/// Lines gathered for one batch.
const BATCH: usize = 4_096;
/// How long lines are gathered: half of the second within which they are on disk.
const GATHERED: Duration = Duration::from_millis(500);
/// How long until a batch that could not be written is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// How long a reader waits for room.
const PATIENCE: Duration = Duration::from_secs(5);

/// That can't be written to the log, just now: nobody may read what would be read unseen.
#[derive(Debug, thiserror::Error)]
#[error("the access log can't be written")]
pub struct Unlogged;

enum Note {
    Line(Box<Reading>),
    /// Answered once all before it is on disk.
    Flush(oneshot::Sender<()>),
}

/// Where readings are noted. Cheap to clone.
#[derive(Clone)]
pub struct AccessLog(mpsc::Sender<Note>);

impl AccessLog {
    /// Opens the log. The returned future is its writer: it ends when every handle is gone.
    pub fn open(store: Store) -> (Self, impl Future<Output = ()> + Send) {
        let (notes, queue) = mpsc::channel(WAITING);
        (Self(notes), write(store, queue))
    }

    /// Notes a reading, to be on disk within a second.
    ///
    /// # Errors
    /// There is no room for it and will not be for a while.
    pub async fn note(&self, reading: Reading) -> Result<(), Unlogged> {
        self.send(Note::Line(Box::new(reading))).await
    }

    /// Waits until all that was noted is on disk.
    ///
    /// # Errors
    /// It is not, and will not be for a while.
    pub async fn flush(&self) -> Result<(), Unlogged> {
        let (done, written) = oneshot::channel();
        self.send(Note::Flush(done)).await?;
        match timeout(PATIENCE, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Unlogged),
        }
    }

    async fn send(&self, note: Note) -> Result<(), Unlogged> {
        match self.0.try_send(note) {
            Ok(()) => Ok(()),
            Err(mpsc::error::TrySendError::Full(note)) => self.0.send_timeout(note, PATIENCE).await.map_err(|_| Unlogged),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Unlogged),
        }
    }
}

/// Gathers and writes until nobody can note anything any more.
async fn write(store: Store, mut queue: mpsc::Receiver<Note>) {
    let mut notes = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut notes, BATCH).await > 0 {
        let gathered = timeout(GATHERED, async {
            while notes.len() < BATCH && !notes.iter().any(|note| matches!(note, Note::Flush(_))) {
                let room = BATCH - notes.len();
                if queue.recv_many(&mut notes, room).await == 0 {
                    break;
                }
            }
        });
        // Time is up, or the batch is full, or somebody waits for it: all the same.
        let _ = gathered.await;
        let (mut lines, mut waiting) = (BTreeMap::<Reading, u32>::new(), Vec::new());
        for note in notes.drain(..) {
            match note {
                Note::Line(reading) => *lines.entry(*reading).or_default() += 1,
                Note::Flush(done) => waiting.push(done),
            }
        }
        let lines: Vec<(Reading, u32)> = lines.into_iter().collect();
        while let Err(cause) = if lines.is_empty() { Ok(()) } else { store.log_access(&lines).await } {
            tracing::error!(%cause, lines = lines.len(), "the access log can't be written; tried again in a moment");
            sleep(AGAIN).await;
        }
        for done in waiting {
            // Whoever waited may have hung up.
            let _ = done.send(());
        }
    }
}
