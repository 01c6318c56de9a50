//! Apparent tardiness cost (Vepsalainen and Morton, 1987): the rule by which jobs on one machine are ranked best without a search.
//!
//! As long as a job has time to spare it counts for less, the more of it the less; of those that have none the one with the most
//! weight for its time comes first. How far the rule looks ahead suits some instances and not others: several are tried.

/// A job of one machine.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub time: i64,
    pub weight: i64,
    pub due: i64,
}

/// Hundredths of the mean time by which a job's time to spare is measured.
pub const LOOKING_AHEAD: [i64; 8] = [50, 100, 150, 200, 250, 300, 400, 600];

/// Steps of the exponential in one unit, and how many there are: what is beyond them is as good as nothing.
const STEPS: i64 = 16;
const LAST: usize = 320;
/// 2^32 e^(-1/16).
const STEP: u64 = 4_034_753_313;

/// 2^32 e^(-k/16).
const DECAY: [u64; LAST + 1] = {
    let mut table = [0; LAST + 1];
    let (mut step, mut value) = (0, 1_u64 << 32);
    while step <= LAST {
        table[step] = value;
        value = (value * STEP) >> 32;
        step += 1;
    }
    table
};

/// The order in which jobs run, each as the one that costs most to leave when its turn comes. `ahead`: one of [`LOOKING_AHEAD`].
pub fn order(jobs: &[Job], ahead: i64) -> Vec<usize> {
    let mean = jobs.iter().map(|job| job.time).sum::<i64>() / i64::try_from(jobs.len()).unwrap_or(1);
    let decay = |job: &Job, now: i64| {
        let steps = (job.due - job.time - now).max(0) * STEPS * 100 / (ahead * mean).max(1);
        i128::from(DECAY[usize::try_from(steps).map_or(LAST, |steps| steps.min(LAST))])
    };
    let mut left: Vec<usize> = (0..jobs.len()).collect();
    let (mut order, mut now) = (Vec::with_capacity(jobs.len()), 0);
    while !left.is_empty() {
        let worth = |job: &Job, other: &Job| i128::from(job.weight) * decay(job, now) * i128::from(other.time);
        let mut next = 0;
        for place in 1..left.len() {
            let (best, other) = (&jobs[left[next]], &jobs[left[place]]);
            if worth(other, best) > worth(best, other) {
                next = place;
            }
        }
        let chosen = left.remove(next);
        now += jobs[chosen].time;
        order.push(chosen);
    }
    order
}
