//! A thread of its own for what takes long, one piece of work after the other.
//!
//! While a large unit is planned tens of megabytes are in use. Threads of a pool would each keep what they once needed; one
//! thread needs it again for the next plan.
//!
//! What nobody waits for is done at the lowest priority, so that it takes no core from whoever does wait. It is never kept
//! from one that is idle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::{io, thread};

use rustix::process::setpriority_process;
use tokio::sync::oneshot;

/// The lowest priority that a thread can have.
const NICEST: i32 = 19;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that works off what it is given. It ends when every handle is gone and nothing is left to do.
#[derive(Clone)]
pub struct Worker(mpsc::Sender<Work>);

impl Worker {
    /// Starts a thread of this name.
    ///
    /// # Errors
    /// The operating system has none to give.
    pub fn start(name: &str) -> io::Result<Self> {
        Self::spawn(name, || {})
    }

    /// Starts a thread of this name that gives way to all others.
    ///
    /// # Errors
    /// The operating system has none to give.
    pub fn start_aside(name: &str) -> io::Result<Self> {
        let called = name.to_owned();
        Self::spawn(name, move || {
            // On Linux a priority is a thread's own, and no process named is the calling thread.
            if let Err(cause) = setpriority_process(None, NICEST) {
                tracing::warn!(thread = called, %cause, "a thread could not be given the lowest priority: plans may take longer to be seen");
            }
        })
    }

    fn spawn(name: &str, first: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (sender, work) = mpsc::channel::<Work>();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            first();
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
            // Whoever asked may have gone meanwhile.
            if !reply.is_closed() {
                let _ = reply.send(work());
            }
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
        let thread = || thread::current().id();
        let first = worker.run(thread).await;
        assert_eq!(worker.run(|| -> u8 { panic!("on purpose") }).await, None);
        assert!(first.is_some() && worker.run(thread).await == first);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_done() {
        let worker = Worker::start("test").unwrap();
        let (free, busy) = mpsc::channel::<()>();
        let (begun, done) = mpsc::channel::<&str>();
        let first = {
            let (worker, begun) = (worker.clone(), begun.clone());
            async move { worker.run(move || (busy.recv(), begun.send("first"))).await }
        };
        let second = worker.run(move || begun.send("second"));
        let both = tokio::spawn(first);
        tokio::task::yield_now().await;
        // It is in the queue as soon as it was asked for once, and then given up.
        let mut second = Box::pin(second);
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(second);
        free.send(()).unwrap();
        both.await.unwrap();
        worker.run(|| ()).await;
        assert_eq!(done.try_iter().collect::<Vec<_>>(), ["first"]);
    }

    #[tokio::test]
    async fn what_is_done_aside_has_the_lowest_priority_and_what_is_waited_for_its_own() {
        let priority = || rustix::process::getpriority_process(None);
        let ours = priority();
        assert_eq!(Worker::start_aside("aside").unwrap().run(priority).await, Some(Ok(NICEST)));
        assert_eq!(Worker::start("planner").unwrap().run(priority).await, Some(ours));
        assert_eq!(priority(), ours);
    }
}
