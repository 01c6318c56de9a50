//! The search on units of which it is known what helps.

use super::*;

fn line(kept: usize, breached: usize, unavoidable: usize, late_hours: f64) -> Share {
    Share { promise: "p".into(), kept, of: kept + breached, unavoidable, late_hours }
}

const KINDS: [ResourceKind; 3] = [ResourceKind::Kiosk, ResourceKind::Dmi, ResourceKind::Examiner];

fn count(unit: &Additions, kind: ResourceKind) -> usize {
    unit.0.get(&kind).map_or(0, |count| usize::try_from(*count).unwrap())
}

fn wanted(share: &str, costs: &[(ResourceKind, u32)]) -> Search {
    let keep = vec![Keep::parse(&format!("p={share}")).unwrap()];
    Search { keep, kinds: KINDS.to_vec(), costs: costs.iter().copied().collect(), most: usize::MAX }
}

fn search(share: &str, costs: &[(ResourceKind, u32)], world: impl Fn(&Additions) -> Share) -> Found {
    let trial = |units: &[Additions]| Ok::<_, ()>(units.iter().map(|unit| vec![world(unit)]).collect());
    wanted(share, costs).run(trial).unwrap()
}

fn added(found: &Found) -> Vec<(ResourceKind, u32)> {
    found.best.added.0.iter().map(|(kind, count)| (*kind, *count)).collect()
}

/// Each examiner keeps ten more, a DMI three; kiosks are of no use.
fn staff(unit: &Additions) -> Share {
    let kept = (60 + 10 * count(unit, ResourceKind::Examiner) + 3 * count(unit, ResourceKind::Dmi)).min(100);
    line(kept, 100 - kept, 0, 5.0)
}

#[test]
fn what_saves_most_for_its_cost_is_added_until_the_share_is_reached() {
    let found = search("85%", &[], staff);
    assert_eq!((found.ending, added(&found), found.best.cost), (SearchEnding::Found, vec![(ResourceKind::Examiner, 3)], 3));
    let worth: Vec<usize> = found.one_more.iter().map(|one| one.shares[0].kept).collect();
    assert_eq!(worth, [60, 63, 70], "one more of each, by itself");
    let dear = search("66%", &[(ResourceKind::Examiner, 4)], staff);
    assert_eq!((added(&dear), dear.best.cost), (vec![(ResourceKind::Dmi, 2)], 2), "3 for 1 is more than 10 for 4");
}

#[test]
fn what_is_not_needed_after_all_is_left_out() {
    // The DMI is the best first step, and then three examiners make it superfluous.
    let world = |unit: &Additions| {
        let (dmi, examiners) = (count(unit, ResourceKind::Dmi).min(1), count(unit, ResourceKind::Examiner));
        let kept = if examiners >= 3 { 95 } else { 50 + 12 * dmi + 10 * examiners };
        line(kept, 100 - kept, 0, 5.0)
    };
    let found = search("95%", &[], world);
    assert_eq!(added(&found), [(ResourceKind::Examiner, 3)]);
}

#[test]
fn two_that_help_only_together_are_found_by_the_delay_that_one_saves() {
    let world = |unit: &Additions| {
        let (kiosk, dmi) = (count(unit, ResourceKind::Kiosk), count(unit, ResourceKind::Dmi));
        let kept = if kiosk > 0 && dmi > 0 { 100 } else { 50 };
        line(kept, 100 - kept, 0, if dmi > 0 { 40.0 } else { 50.0 })
    };
    let found = search("100%", &[], world);
    assert_eq!(added(&found), [(ResourceKind::Kiosk, 1), (ResourceKind::Dmi, 1)]);
}

#[test]
fn what_no_addition_can_mend_is_said() {
    assert_eq!(search("60%", &[], staff).ending, SearchEnding::AsItIs);
    assert_eq!(search("60%", &[], |_| line(0, 0, 0, 0.0)).ending, SearchEnding::NothingDue, "nothing is kept of nothing");
    let nothing = wanted("60%", &[]).run(|units: &[Additions]| Ok::<_, ()>(vec![Vec::new(); units.len()])).unwrap();
    assert_eq!(
        (nothing.ending, nothing.as_it_is.shares),
        (SearchEnding::NothingDue, vec![Share::of("p".into())]),
        "it runs to nobody"
    );
    let found = search("95%", &[], |_| line(80, 20, 10, 5.0));
    assert_eq!((found.ending, found.trials), (SearchEnding::Unavoidable, 4), "one in ten nobody could have kept");
    let found = search("95%", &[], |_| line(80, 20, 0, 5.0));
    assert_eq!((found.ending, added(&found)), (SearchEnding::NothingHelps, vec![]));
    let found = search("95%", &[], |unit| line(80, 20, 0, 500.0 - f64::from(unit.0.values().sum::<u32>())));
    assert_eq!((found.ending, found.best.cost), (SearchEnding::Limit, 200));
}

#[test]
fn a_share_is_written_in_percent() {
    let of = |text| Keep::parse(text).map(|keep| (keep.promise.to_string(), keep.permille));
    assert_eq!(of("victim-phone=95%"), Ok(("victim-phone".into(), 950)));
    assert_eq!(of("p=99.5 %"), Ok(("p".into(), 995)));
    for wrong in ["p", "p=95", "p=0%", "p=101%", "p=100.1%", "=5%", "p=-5%", "p=9.95%", "p=+5%"] {
        assert!(of(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn two_of_a_kind_are_tried_where_one_does_nothing() {
    let world = |unit: &Additions| {
        let kept = if count(unit, ResourceKind::Dmi) >= 2 { 100 } else { 50 + count(unit, ResourceKind::Kiosk).min(1) };
        line(kept, 100 - kept, 0, 5.0)
    };
    let found = search("100%", &[], world);
    assert_eq!(added(&found), [(ResourceKind::Dmi, 2)], "and the kiosk was not needed after all");
}

#[test]
fn a_search_goes_no_further_than_it_may() {
    let search = Search { most: 8, ..wanted("100%", &[]) };
    let found = search.run(|units: &[Additions]| Ok::<_, ()>(units.iter().map(|unit| vec![staff(unit)]).collect())).unwrap();
    assert_eq!((found.ending, added(&found), found.trials), (SearchEnding::Limit, vec![(ResourceKind::Examiner, 3)], 8));
}

#[test]
fn a_cost_is_a_whole_number_of_something() {
    assert_eq!(Cost::parse("examiner=3"), Ok(Cost(ResourceKind::Examiner, 3)));
    for wrong in ["examiner", "examiner=0", "examiner=-1", "examiner=1.5", "cook=1"] {
        assert!(Cost::parse(wrong).unwrap_err().contains("like examiner=3"), "{wrong}");
    }
}
