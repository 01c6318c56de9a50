//! Spans of seconds [open, close): joined, and cut out of each other.

/// Sorted windows with those that touch or overlap made one.
pub(super) fn joined(sorted: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::with_capacity(sorted.len());
    for (open, close) in sorted {
        match out.last_mut() {
            Some(last) if open <= last.1 => last.1 = last.1.max(close),
            _ => out.push((open, close)),
        }
    }
    out
}

/// `windows` less `cuts`; both sorted and disjoint.
pub(super) fn without(windows: &[(i64, i64)], cuts: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut out = Vec::with_capacity(windows.len());
    for &(open, close) in windows {
        let mut from = open;
        for &(cut_from, cut_until) in cuts.iter().filter(|(f, u)| *f < close && *u > open) {
            if cut_from > from {
                out.push((from, cut_from));
            }
            from = from.max(cut_until);
        }
        if from < close {
            out.push((from, close));
        }
    }
    out
}
