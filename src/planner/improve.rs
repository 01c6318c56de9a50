//! The search for a better order, whatever is made of an order: late acceptance hill climbing. It compares costs and
//! never adds them up, so that a cost can be a tuple.
//!
//! Invariants: the order found is never worse than the one given; same decoder, order, budget and seed, same order.

use std::ops::Range;

/// Costs that a step is compared with: the longer ago, the more freely it moves. As short as this, and with shakes as
/// these, it ends at the best known value in more of OR-Library's instances than with any other tried (benches/README.md).
const MEMORY: usize = 2;
/// Steps without a better order in a row, per place in it, after which the search goes back to the best and shakes it.
const PATIENCE: usize = 80;
/// Changes that shake the best before the search goes on from there.
const SHAKES: usize = 5;

/// Growth of what may be changed by dividing: to so many times its places at most.
const DIVIDED: usize = 2;

/// A place in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who has it.
    pub item: usize,
    /// Only the steps of the item before this one, those of them that had no place before; none: all of them.
    pub until: Option<usize>,
}

impl Place {
    /// All of an item.
    pub const fn whole(item: usize) -> Self {
        Self { item, until: None }
    }

    /// Whether nothing of another place of the item is left after this one.
    fn covers(self, other: Self) -> bool {
        self.item == other.item && self.until.is_none_or(|until| other.until.is_some_and(|other| other <= until))
    }
}

/// What keeps an item waiting.
#[derive(Clone, Copy, Debug)]
pub struct InTheWay {
    /// Which waits: the item asked for, or what it follows on.
    pub item: usize,
    /// Which step of it.
    pub step: usize,
    /// For which item.
    pub other: usize,
}

/// What makes something of an order.
pub trait Decoder {
    /// How good it is: less is better.
    type Cost: Ord + Clone;

    /// The cost of an order; none for one that can't be, and as soon as it is seen to be more than `bound`.
    fn cost(&mut self, order: &[Place], bound: Option<&Self::Cost>) -> Option<Self::Cost>;

    /// The steps of an item before which others can go.
    fn divides(&self, _item: usize) -> Range<usize> {
        0..0
    }

    /// Remembers, of the order decoded last, who is in whose way.
    fn look(&mut self) {}

    /// Something that keeps an item waiting, as it was remembered.
    fn in_the_way(&self, _item: usize, _rng: &mut fastrand::Rng) -> Option<InTheWay> {
        None
    }

    /// Work done so far, in places decoded.
    fn spent(&self) -> u64;

    /// Whether what stands at a place, in the order decoded last, is where a better order may begin.
    fn is_tight(&self, place: usize) -> bool;
}

/// How long a search goes on.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Until the decoder has spent so much.
    pub until: u64,
    /// Or until so many shakes in a row led to nothing better.
    pub shakes: usize,
}

/// The best order found, changing only what stands at `from` and after; and its cost.
pub fn improve<D: Decoder>(
    decoder: &mut D,
    order: Vec<Place>,
    from: usize,
    effort: Effort,
    rng: &mut fastrand::Rng,
) -> (Vec<Place>, Option<D::Cost>) {
    let Some(first) = decoder.cost(&order, None) else { return (order, None) };
    let changed = order.len().saturating_sub(from);
    if changed < 2 {
        return (order, Some(first));
    }
    let longest = from + changed * DIVIDED;
    let mut tight = tight(decoder, from..order.len());
    decoder.look();
    let mut best = (order.clone(), first.clone());
    let mut now = (order, first.clone());
    let mut memory = vec![first; MEMORY];
    let (mut since_better, mut shakes) = (0, 0);
    for step in 0.. {
        if decoder.spent() >= effort.until || shakes > effort.shakes {
            break;
        }
        if since_better > PATIENCE * changed {
            (since_better, shakes) = (0, shakes + 1);
            now = shaken(decoder, &best, (from, longest), rng);
            memory.fill(now.1.clone());
        }
        let mut next = now.0.clone();
        change(decoder, &mut next, (from, longest), &tight, rng);
        let remembered = &memory[step % MEMORY];
        let bound = remembered.max(&now.1).clone();
        since_better += 1;
        if let Some(cost) = decoder.cost(&next, Some(&bound)).filter(|cost| *cost <= bound) {
            now = (next, cost);
            if now.1 < best.1 {
                best = now.clone();
                (since_better, shakes) = (0, 0);
                tight = self::tight(decoder, from..best.0.len());
                decoder.look();
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
    best: &(Vec<Place>, D::Cost),
    bounds: (usize, usize),
    rng: &mut fastrand::Rng,
) -> (Vec<Place>, D::Cost) {
    let mut order = best.0.clone();
    for _ in 0..SHAKES {
        change(decoder, &mut order, bounds, &[], rng);
    }
    match decoder.cost(&order, None) {
        Some(cost) => (order, cost),
        None => best.clone(),
    }
}

/// Places of the order decoded last from which something is worth moving forward.
fn tight<D: Decoder>(decoder: &D, range: Range<usize>) -> Vec<usize> {
    range.filter(|place| decoder.is_tight(*place)).collect()
}

/// Moves one, exchanges two, moves a few neighbours, or has some go between two steps of one; half the time something that is
/// late moves forward. Changes what stands at `first` and after, and divides up to a length.
fn change<D: Decoder>(
    decoder: &D,
    order: &mut Vec<Place>,
    (first, longest): (usize, usize),
    tight: &[usize],
    rng: &mut fastrand::Rng,
) {
    let range = first..order.len();
    let any = |rng: &mut fastrand::Rng| rng.usize(range.clone());
    let from = if tight.is_empty() || rng.bool() { any(rng) } else { tight[rng.usize(..tight.len())].min(range.end - 1) };
    // Mostly near: what stands far away shares little with it.
    let near = |rng: &mut fastrand::Rng| {
        let reach = 1 + rng.usize(..range.len()) * rng.usize(..8) / 8;
        if rng.bool() { from.saturating_sub(reach).max(range.start) } else { (from + reach).min(range.end - 1) }
    };
    if rng.bool() && advance(decoder, order, (first, longest), order[from].item, rng) {
        return join(order, first);
    }
    let to = near(rng);
    let divides = decoder.divides(order[from].item);
    match rng.u8(..4) {
        0 | 1 if !divides.is_empty() && order.len() < longest && rng.bool() => {
            // Its first steps sooner, or the others later.
            let until = Some(rng.usize(divides));
            order.insert(from.min(to), Place { until, ..order[from] });
            if to > from {
                order[from + 1..=to + 1].rotate_left(1);
            }
        }
        0 => order.swap(from, to),
        1 => {
            let length = (2 + rng.usize(..3)).min(range.len());
            let (from, to) = (from.min(range.end - length), to.min(range.end - length));
            if to < from { order[to..from + length].rotate_right(length) } else { order[from..to + length].rotate_left(length) }
        }
        _ if to < from => order[to..=from].rotate_right(1),
        _ => order[from..=to].rotate_left(1),
    }
    join(order, first);
}

/// Puts what keeps an item waiting behind what waits, if that is known and stands before it: behind all of it, or behind what
/// comes before the step that waits and that step. Whether it did.
fn advance<D: Decoder>(
    decoder: &D,
    order: &mut Vec<Place>,
    (first, longest): (usize, usize),
    item: usize,
    rng: &mut fastrand::Rng,
) -> bool {
    let Some(InTheWay { item, step, other }) = decoder.in_the_way(item, rng) else { return false };
    let Some(to) = (first..order.len()).find(|at| order[*at].item == other) else { return false };
    let Some(from) = (to..order.len()).find(|at| order[*at].item == item) else { return false };
    if order.len() < longest && rng.bool() {
        order.insert(to, Place { item, until: Some(step + 1) });
    } else {
        order[to..=from].rotate_right(1);
    }
    true
}

/// Takes out the places at which nothing is left to do, or that are followed at once by the rest of theirs.
fn join(order: &mut Vec<Place>, first: usize) {
    if order[first..].iter().all(|place| place.until.is_none()) {
        return;
    }
    let is_void = |at: usize| {
        let place = order[at];
        place.until.is_some()
            && (order[first..at].iter().any(|other| other.covers(place))
                || order.get(at + 1).is_some_and(|next| next.covers(place)))
    };
    let void: Vec<usize> = (first..order.len()).filter(|at| is_void(*at)).collect();
    for at in void.into_iter().rev() {
        order.remove(at);
    }
}
