//! Puts the stages of a route in an order in which every reference looks back: predecessors come first, and who must be
//! the same or another person is said at the later of the two.

use crate::domain::policy::Stage;

/// Why there is no such order; stages by their places in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Contradiction {
    /// Each of these waits for the next, the last for the first.
    Cycle(Vec<usize>),
    /// The first must be done by somebody else than the second, and by the same person.
    Person(usize, usize),
}

/// The stages in file order where that will do, else moved back as little as it takes; indices in them follow.
pub(super) fn arrange(stages: Vec<Stage>) -> Result<Vec<Stage>, Contradiction> {
    let order = order(&stages)?;
    let mut place = vec![0; stages.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    let group = same_person(&stages);
    for (i, stage) in stages.iter().enumerate() {
        if let Some(other) = stage.different_person_from.iter().find(|other| group[**other] == group[i]) {
            return Err(Contradiction::Person(i, *other));
        }
    }
    let mut different: Vec<Vec<usize>> = vec![Vec::new(); stages.len()];
    for (i, stage) in stages.iter().enumerate() {
        for other in &stage.different_person_from {
            let (a, b) = (place[i], place[*other]);
            different[a.max(b)].push(a.min(b));
        }
    }
    let mut arranged: Vec<Stage> = order.iter().map(|old| stages[*old].clone()).collect();
    for (new, stage) in arranged.iter_mut().enumerate() {
        stage.after = tidy(stage.after.iter().map(|old| place[*old]).collect());
        stage.different_person_from = tidy(std::mem::take(&mut different[new]));
        stage.same_person_as = order[..new].iter().rposition(|old| group[*old] == group[order[new]]);
    }
    Ok(arranged)
}

fn tidy(mut indices: Vec<usize>) -> Vec<usize> {
    indices.sort_unstable();
    indices.dedup();
    indices
}

/// Always the first in the file among those whose predecessors are placed.
fn order(stages: &[Stage]) -> Result<Vec<usize>, Contradiction> {
    let mut order: Vec<usize> = Vec::with_capacity(stages.len());
    let mut placed = vec![false; stages.len()];
    while order.len() < stages.len() {
        let ready = |i: &usize| !placed[*i] && stages[*i].after.iter().all(|before| placed[*before]);
        let next = (0..stages.len()).find(ready).ok_or_else(|| Contradiction::Cycle(cycle(stages, &placed)))?;
        placed[next] = true;
        order.push(next);
    }
    Ok(order)
}

/// A cycle among the stages that could not be placed: following what each waits for must come back.
fn cycle(stages: &[Stage], placed: &[bool]) -> Vec<usize> {
    let mut path: Vec<usize> = Vec::new();
    let mut at = placed.iter().position(|placed| !placed);
    while let Some(stage) = at {
        if let Some(start) = path.iter().position(|seen| *seen == stage) {
            path.drain(..start);
            break;
        }
        path.push(stage);
        at = stages[stage].after.iter().copied().find(|before| !placed[*before]);
    }
    path
}

/// For each stage the number of its group: those that one person must do share it.
fn same_person(stages: &[Stage]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..stages.len()).collect();
    for (i, stage) in stages.iter().enumerate() {
        if let Some(other) = stage.same_person_as {
            let (joins, joined) = (group[i], group[other]);
            group.iter_mut().filter(|g| **g == joins).for_each(|g| *g = joined);
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Seconds;

    /// A stage of this name after these.
    fn stage(name: &str, after: &[usize]) -> Stage {
        Stage {
            name: name.into(),
            by: Vec::new(),
            attended: false,
            holds_device: false,
            returns_device: false,
            base: Seconds::ZERO,
            per_gb: Seconds::ZERO,
            p90: 150,
            after: after.to_vec(),
            same_person_as: None,
            different_person_from: Vec::new(),
            review_every: None,
        }
    }

    fn names(stages: &[Stage]) -> String {
        stages.iter().map(|stage| format!("{}{:?}", stage.name, stage.after)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn file_order_stays_where_predecessors_come_first() {
        let arranged = arrange(vec![stage("a", &[]), stage("b", &[0]), stage("c", &[0]), stage("d", &[2, 1, 2])]).unwrap();
        assert_eq!(names(&arranged), "a[] b[0] c[0] d[1, 2]");
    }

    #[test]
    fn a_stage_that_names_a_later_one_moves_behind_it_and_indices_follow() {
        let arranged = arrange(vec![stage("a", &[2]), stage("b", &[]), stage("c", &[1]), stage("d", &[0])]).unwrap();
        assert_eq!(names(&arranged), "b[] c[0] a[1] d[2]");
    }

    #[test]
    fn stages_that_wait_for_each_other_are_named_and_no_others() {
        let stages = vec![stage("a", &[]), stage("late", &[2]), stage("b", &[0, 3]), stage("c", &[2])];
        assert_eq!(arrange(stages), Err(Contradiction::Cycle(vec![2, 3])));
        assert_eq!(arrange(vec![stage("a", &[0])]), Err(Contradiction::Cycle(vec![0])));
    }

    #[test]
    fn who_must_be_the_same_or_another_person_is_said_at_the_later_stage() {
        let mut stages = vec![stage("a", &[]), stage("b", &[]), stage("c", &[]), stage("d", &[])];
        stages[0].same_person_as = Some(2);
        stages[3].same_person_as = Some(0);
        stages[1].different_person_from = vec![2, 3];
        let arranged = arrange(stages).unwrap();
        let same: Vec<Option<usize>> = arranged.iter().map(|stage| stage.same_person_as).collect();
        let different: Vec<&[usize]> = arranged.iter().map(|stage| &stage.different_person_from[..]).collect();
        assert_eq!(same, [None, None, Some(0), Some(2)]);
        assert_eq!(different, [&[][..], &[], &[1], &[1]]);
    }

    #[test]
    fn the_same_person_can_not_be_another() {
        let mut stages = vec![stage("a", &[]), stage("b", &[0]), stage("c", &[1])];
        stages[1].same_person_as = Some(0);
        stages[2].same_person_as = Some(1);
        stages[2].different_person_from = vec![0];
        assert_eq!(arrange(stages), Err(Contradiction::Person(2, 0)));
    }
}
