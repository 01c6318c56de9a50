//! A thread of its own for what takes long, one piece of work after the other.
//!
//! While a large unit is planned tens of megabytes are in use. Threads of a pool would each keep what they once needed; one
//! thread needs it again for the next plan.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that works off what it is given. It ends when every handle is gone and nothing is left to do.
#[derive(Clone)]
pub struct Worker(mpsc::Sender<Work>);

impl Worker {
    /// Starts a thread of this name.
    ///
    /// # Errors
    /// The operating system has none to give.
    pub fn start(name: &str) -> std::io::Result<Self> {
        let (sender, work) = mpsc::channel::<Work>();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            for piece in work {
                // Whoever waits for it learns of a panic by having no answer; the next piece is none the worse.
                let _ = catch_unwind(AssertUnwindSafe(piece));
            }
        })?;
        Ok(Self(sender))
    }

    /// Has something done after all that was asked for before; none if it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        let piece = move || {
            let _ = reply.send(work());
        };
        self.0.send(Box::new(piece)).ok()?;
        answer.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_in_turn_on_one_thread_and_a_panic_stops_nothing() {
        let worker = Worker::start("test").unwrap();
        let thread = || std::thread::current().id();
        let first = worker.run(thread).await;
        assert_eq!(worker.run(|| -> u8 { panic!("on purpose") }).await, None);
        assert!(first.is_some() && worker.run(thread).await == first);
    }
}
