//! Many runs at once, one a core: each is a thing of its own, so that what comes of them does not depend on how many there are.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

/// What comes of each job, in their order.
pub fn each<J: Sync, R: Send>(jobs: &[J], bar: &ProgressBar, run: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let (next, (send, receive)) = (AtomicUsize::new(0), mpsc::channel());
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..cores.min(jobs.len()) {
            let (next, run, send) = (&next, &run, send.clone());
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { break };
                    let came = run(job);
                    bar.inc(1);
                    // Whoever would be told is gone only where this is stopped.
                    if send.send((index, came)).is_err() {
                        break;
                    }
                }
            });
        }
    });
    drop(send);
    let mut came: Vec<(usize, R)> = receive.into_iter().collect();
    came.sort_by_key(|(index, _)| *index);
    came.into_iter().map(|(_, came)| came).collect()
}

/// Shown on a terminal only: so many runs, or more to come.
pub fn progress(runs: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(runs).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("simulating {wide_bar} {pos} of {len} runs, {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_each_job_is_in_the_order_of_the_jobs() {
        let jobs: Vec<u64> = (0..50).collect();
        let squares = each(&jobs, &ProgressBar::hidden(), |n| n * n);
        assert_eq!(squares, jobs.iter().map(|n| n * n).collect::<Vec<_>>());
        assert_eq!(each(&[0_u64; 0], &ProgressBar::hidden(), |n| *n), [0; 0]);
    }
}
