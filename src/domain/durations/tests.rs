use super::*;
use crate::domain::command::Command;
use crate::domain::event::Change;
use crate::domain::testing::*;
use crate::domain::unit::Unit;

/// Numbers from a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % n).unwrap()
    }
}

fn of(durations: &[i64], expected: i64) -> Observed {
    let mut observed = Observed::default();
    durations.iter().for_each(|took| observed.add(Seconds(expected), Seconds(*took)));
    observed
}

#[test]
fn quantiles_and_the_mean_are_within_a_bucket_of_the_exact_ones() {
    for seed in 0..200 {
        let mut chance = Chance(seed);
        let expected = 600 + chance.below(20_000);
        // Skewed, as work is: some of it takes much longer.
        let draw = |chance: &mut Chance| expected / 4 + chance.below(1_500) * chance.below(1_500) * expected / 1_000_000;
        let mut took: Vec<i64> = (0..20 + chance.below(230)).map(|_| draw(&mut chance)).collect();
        let observed = of(&took, expected);
        took.sort_unstable();
        for permille in [50, 100, 250, 500, 750, 900, 950] {
            let count = i64::try_from(took.len()).unwrap();
            let exact = |at: i64| took[usize::try_from(at.clamp(0, count - 1)).unwrap()];
            let (low, high) = (exact((count * permille - 1) / 1_000 - 1), exact(count * permille / 1_000 + 1));
            let found = observed.quantile(Seconds(expected), permille).0;
            assert!(
                low * 1_000 <= found * 1_091 && found * 1_000 <= high * 1_091 + 1_000,
                "{seed} {permille}: {low} {found} {high}"
            );
        }
        let exact = took.iter().sum::<i64>() / i64::try_from(took.len()).unwrap();
        let mean = observed.mean(Seconds(expected)).0;
        assert!((mean - exact).abs() * 1_000 <= exact * 45, "{seed}: mean {mean}, exactly {exact}");
    }
}

#[test]
fn work_that_takes_what_was_expected_changes_nothing() {
    let observed = of(&[1_800; 50], 1_800);
    assert_eq!((observed.mean(Seconds(7_201)), observed.seen()), (Seconds(7_201), 50));
    assert_eq!(of(&[], 1_800).mean(Seconds(7_201)), Seconds(7_201), "nothing seen, nothing changed");
    assert_eq!(of(&[5, 6], 0), Observed::default(), "what was to take no time says nothing");
}

#[test]
fn slips_of_a_finger_count_as_the_last_bucket() {
    assert_eq!(of(&[0], 600).weights(), [(-32, 16)]);
    assert_eq!(of(&[i64::MAX / 2], 600).weights(), [(32, 16)]);
}

#[test]
fn what_is_learned_follows_a_change_and_stays_small() {
    let mut observed = of(&[600; 2_000], 600);
    assert_eq!((observed.mean(Seconds(600)), observed.weights().len()), (Seconds(600), 1));
    for _ in 0..512 {
        observed.add(Seconds(600), Seconds(1_200));
    }
    let mean = observed.mean(Seconds(600)).0;
    assert!((1_100..=1_200).contains(&mean), "{mean} seconds, 512 times after it became 1,200");
    assert_eq!(observed.seen(), 2_512);
    assert!(Observed::stored(observed.seen(), observed.weights().to_vec()).is_some());
}

#[test]
fn a_stored_histogram_that_is_none_is_not_taken() {
    for weights in [vec![(1, 16), (0, 16)], vec![(0, 16), (0, 16)], vec![(33, 16)], vec![(0, 0)], vec![(0, 5_000)]] {
        assert_eq!(Observed::stored(3, weights.clone()), None, "{weights:?}");
    }
    assert!(Observed::stored(3, vec![(-32, 16), (0, 32)]).is_some());
}

/// What the finish of the last assignment told.
fn told(world: &World) -> Option<Worked> {
    match world.recorded("finished").pop() {
        Some(Change::Finished { worked, .. }) => worked,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_finished_stage_tells_how_long_it_took() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.works(number, 0, slot("operators-north", 1), "23T09:50");
    let worked = told(&world).unwrap();
    assert_eq!((worked.expected, worked.took), (span("30m"), span("50m")));
    let kind = worked.kind;
    assert_eq!((kind.stage.as_str(), kind.device.as_str(), kind.level, kind.band), ("prepare", "phone", 1, 1));
    assert_eq!(world.unit.durations.get(&kind).unwrap().seen(), 1);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn attended_work_counts_open_time_at_the_speed_of_who_did_it() {
    let mut world = World::new();
    let mut establishment = establishment();
    establishment.version = "2026-11-02".into();
    establishment.resources.iter_mut().for_each(|resource| resource.speed = 50);
    world.does(Command::AdoptEstablishment { establishment: Box::new(establishment), text: "slower".into() });
    let laptop = world.at("23T17:00").registers(suspects_laptop("CD/1"));
    // From five until the doors close at six, and from eight to nine the next morning: two hours, at half speed.
    world.works(laptop, 0, slot("okafor", 1), "24T09:00");
    assert_eq!(told(&world).unwrap().took, span("1h"));
}

#[test]
fn people_who_worked_behind_closed_doors_tell_nothing() {
    let mut world = World::new();
    let laptop = world.at("23T17:59").registers(suspects_laptop("CD/1"));
    let triage = world.assigns(laptop, 0, slot("okafor", 1));
    world.at("23T18:30").does(Command::Start { assignment: triage, at: at("23T18:30"), overrides: None });
    world.at("23T19:00").does(finish(triage, "23T19:00"));
    assert_eq!((told(&world), world.unit.durations.size()), (None, 0));
}

/// A laptop on the bench from some time on Monday: what its end on Tuesday tells, where the policy expects `takes`.
fn overnight(start: &str, takes: &str, end: &str) -> String {
    let mut world = World::new();
    let mut policy = policy();
    policy.version = "2026-11-02".into();
    policy.routes.iter_mut().flat_map(|route| &mut route.stages).filter(|s| !s.attended).for_each(|s| s.base = span(takes));
    world.does(Command::AdoptPolicy { policy: Box::new(policy), text: "longer".into() });
    let laptop = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.works(laptop, 0, slot("okafor", 1), "23T09:30");
    world.works(laptop, 1, slot("khan", 1), "23T10:00");
    world.at(start);
    world.works(laptop, 2, slot("bench", 1), end);
    told(&world).unwrap().took.to_string()
}

#[test]
fn a_machine_that_waited_for_the_doors_to_open_ran_until_it_was_expected_to_end() {
    // Doors close at 18:00 and open at 08:00.
    assert_eq!(overnight("23T16:00", "6h", "24T08:10"), "6h", "it ended at night, as expected");
    assert_eq!(overnight("23T16:00", "1h", "24T08:10"), "2h", "not before the last who could have seen it end left");
    assert_eq!(overnight("23T16:00", "20h", "24T08:10"), "16h", "and not after they came back");
    assert_eq!(overnight("23T16:00", "6h", "24T09:00"), "17h", "an end later in the day was seen");
    assert_eq!(overnight("23T11:00", "6h", "23T12:30"), "1h30m", "and so was one on the same day");
}

/// A unit that saw so many preparations of victims' phones take an hour in place of half an hour.
fn experienced(times: usize) -> (World, crate::domain::ids::QueueNumber) {
    let mut world = World::new();
    world.at("23T09:00");
    for i in 0..times {
        let number = world.registers(ready_phone(&format!("AB/{i}")));
        let assignment = world.starts(number, 0, slot("operators-north", 1));
        world.now = world.now + span("1h");
        world.does(Command::Finish { assignment, at: world.now, tool: None, tool_version: None, hash: None, scope: None });
        // The night is no open time.
        if world.now >= at("23T19:00") {
            world.at("23T09:00");
        }
    }
    let number = world.registers(ready_phone("ZZ/1"));
    (world, number)
}

fn expected(unit: &Unit, number: crate::domain::ids::QueueNumber) -> Seconds {
    let submission = &unit.submissions[&number];
    unit.expected_time(submission, &unit.route_of(submission).unwrap().stages[0])
}

#[test]
fn the_units_own_durations_replace_the_policys_once_seen_often_enough() {
    let (world, number) = experienced(19);
    assert_eq!(expected(&world.unit, number), span("30m"), "`learn_after` is 20");
    let (mut world, number) = experienced(20);
    assert_eq!(expected(&world.unit, number), span("1h"));
    let submission = &world.unit.submissions[&number];
    let p90 = world.unit.p90_time(submission, &world.unit.route_of(submission).unwrap().stages[0]);
    assert!((span("1h")..span("1h3m")).contains(&p90), "{p90}: all took an hour, and a bucket is 9 % wide");
    let assignment = world.starts(number, 0, slot("operators-north", 1));
    assert_eq!(world.unit.assignments[&assignment].end, world.now + span("1h"), "what is begun is expected to take as long");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn other_levels_devices_storage_and_times_of_the_policy_are_learned_apart() {
    let (world, number) = experienced(20);
    let submission = &world.unit.submissions[&number];
    let prepare = &world.unit.route_of(submission).unwrap().stages[0];
    let mut other = Submission::clone(submission);
    other.facts.storage_gb = Some(100);
    assert_eq!(world.unit.expected_time(&other, prepare), span("1h"), "the same band of storage");
    other.facts.storage_gb = None;
    assert_eq!(world.unit.expected_time(&other, prepare), span("1h"), "128 GB are typical");
    other.facts.storage_gb = Some(129);
    assert_eq!(world.unit.expected_time(&other, prepare), span("30m"));
    let tablet = Submission { facts: Facts { device: "tablet".into(), ..submission.facts.clone() }, ..other.clone() };
    assert_eq!(world.unit.expected_time(&tablet, prepare), span("30m"));
    let shorter = Stage { base: span("20m"), ..prepare.clone() };
    assert_eq!(world.unit.expected_time(submission, &shorter), span("20m"), "a policy that expects less is learned anew");
}

#[test]
fn entries_from_before_durations_were_told_fold_as_they_did() {
    let old = r#"{"kind":"finished","assignment":1,"at":"2026-11-23T09:50:00Z","tool":null,"tool_version":null,"hash":null}"#;
    let change: Change = serde_json::from_str(old).unwrap();
    assert!(matches!(&change, Change::Finished { worked: None, .. }));
    assert_eq!(serde_json::to_string(&change).unwrap(), old, "and are written as they were");
}
