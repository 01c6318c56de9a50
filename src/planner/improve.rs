//! The search for a better order, whatever is made of an order: late acceptance hill climbing. It compares costs and
//! never adds them up, so that a cost can be a tuple.
//!
//! Invariants: the order found is never worse than the one given; same decoder, order, budget and seed, same order.

/// Costs that a step is compared with: the longer ago, the more freely it moves. As short as this, and with shakes as
/// these, it ends at the best known value in more of OR-Library's instances than with any other tried (benches/README.md).
const MEMORY: usize = 2;
/// Steps without a better order in a row, per place in it, after which the search goes back to the best and shakes it.
const PATIENCE: usize = 80;
/// Changes that shake the best before the search goes on from there.
const SHAKES: usize = 5;

/// What makes something of an order.
pub trait Decoder {
    /// How good it is: less is better.
    type Cost: Ord + Clone;

    /// The cost of an order; none for one that can't be, and as soon as it is seen to be more than `bound`.
    fn cost(&mut self, order: &[usize], bound: Option<&Self::Cost>) -> Option<Self::Cost>;

    /// Work done so far, in places decoded.
    fn spent(&self) -> u64;

    /// Whether what stands at a place, in the order decoded last, is where a better order may begin.
    fn is_tight(&self, place: usize) -> bool;
}

/// The best order found, changing only what stands in `range`, until the decoder has spent so much; and its cost.
pub fn improve<D: Decoder>(
    decoder: &mut D,
    order: Vec<usize>,
    range: std::ops::Range<usize>,
    until: u64,
    rng: &mut fastrand::Rng,
) -> (Vec<usize>, Option<D::Cost>) {
    let Some(first) = decoder.cost(&order, None) else { return (order, None) };
    if range.len() < 2 {
        return (order, Some(first));
    }
    let mut best = (order.clone(), first.clone());
    let mut now = (order, first.clone());
    let mut memory = vec![first; MEMORY];
    let mut tight = tight(decoder, &range);
    let mut since_better = 0;
    for step in 0.. {
        if decoder.spent() >= until {
            break;
        }
        if since_better > PATIENCE * range.len() {
            since_better = 0;
            now = shaken(decoder, &best, &range, rng);
            memory.fill(now.1.clone());
        }
        let mut next = now.0.clone();
        change(&mut next, &range, &tight, rng);
        let remembered = &memory[step % MEMORY];
        let bound = remembered.max(&now.1).clone();
        since_better += 1;
        if let Some(cost) = decoder.cost(&next, Some(&bound)).filter(|cost| *cost <= bound) {
            now = (next, cost);
            if now.1 < best.1 {
                best = now.clone();
                since_better = 0;
                tight = self::tight(decoder, &range);
            }
        }
        if now.1 < memory[step % MEMORY] {
            memory[step % MEMORY] = now.1.clone();
        }
    }
    (best.0, Some(best.1))
}

/// The best with a few changes at random; itself where those make nothing.
fn shaken<D: Decoder>(
    decoder: &mut D,
    best: &(Vec<usize>, D::Cost),
    range: &std::ops::Range<usize>,
    rng: &mut fastrand::Rng,
) -> (Vec<usize>, D::Cost) {
    let mut order = best.0.clone();
    for _ in 0..SHAKES {
        change(&mut order, range, &[], rng);
    }
    match decoder.cost(&order, None) {
        Some(cost) => (order, cost),
        None => best.clone(),
    }
}

/// Places of the order decoded last from which something is worth moving forward.
fn tight<D: Decoder>(decoder: &D, range: &std::ops::Range<usize>) -> Vec<usize> {
    range.clone().filter(|place| decoder.is_tight(*place)).collect()
}

/// Moves one, exchanges two, or moves a few neighbours; half the time something that is late moves forward.
fn change(order: &mut [usize], range: &std::ops::Range<usize>, tight: &[usize], rng: &mut fastrand::Rng) {
    let any = |rng: &mut fastrand::Rng| rng.usize(range.clone());
    let from = if tight.is_empty() || rng.bool() { any(rng) } else { tight[rng.usize(..tight.len())] };
    // Mostly near: what stands far away shares little with it.
    let near = |rng: &mut fastrand::Rng| {
        let reach = 1 + rng.usize(..range.len()) * rng.usize(..8) / 8;
        if rng.bool() { from.saturating_sub(reach).max(range.start) } else { (from + reach).min(range.end - 1) }
    };
    let to = near(rng);
    match rng.u8(..4) {
        0 => order.swap(from, to),
        1 => {
            let length = (2 + rng.usize(..3)).min(range.len());
            let (from, to) = (from.min(range.end - length), to.min(range.end - length));
            if to < from { order[to..from + length].rotate_right(length) } else { order[from..to + length].rotate_left(length) }
        }
        _ if to < from => order[to..=from].rotate_right(1),
        _ => order[from..=to].rotate_left(1),
    }
}
