//! Random policies, with odd routes: branches, stages side by side, people who must or must not be the same.

use super::{DEVICES, Rng, STAGES};
use crate::domain::establishment::{Establishment, ResourceKind};
use crate::domain::ids::Word;
use crate::domain::policy::{
    DateField, DueRule, Forecast, From, Gate, Guard, Milestone, NextStep, OnFail, Policy, Promise, Route, Stage, Tier, When,
};
use crate::domain::submission::Owner;
use crate::domain::time::Seconds;

pub(super) fn policy(rng: &mut Rng, establishment: &Establishment) -> Policy {
    let tier = |number: u8, rng: &mut Rng| Tier {
        number,
        name: String::new(),
        longest_wait: (number > 3).then(|| Seconds(rng.pick(&[86_400, 30 * 86_400]))),
    };
    Policy {
        version: "1".into(),
        devices: DEVICES.iter().map(|device| Word::from(*device)).collect(),
        offences: vec!["rasso".into(), "other".into()],
        risks: vec!["child_at_risk".into()],
        tiers: (0..=5).map(|number| tier(number, rng)).collect(),
        never_above: 3,
        promises: (0..rng.below(5)).map(|i| promise(rng, i, establishment)).collect(),
        routes: (0..1 + rng.below(3)).map(|i| route(rng, i)).collect(),
        guard: Guard {
            promise: "p0".into(),
            level: 1,
            typical_storage_gb: 128,
            arrives_after: Seconds(7_200),
            max_hold: Seconds(86_400),
        },
        dispatch_horizon: Seconds(1_800),
        lease: Seconds(3_600),
        pace: Seconds(1_800),
        on_fail: Vec::new(),
        forecast: Forecast { gate_clears: Seconds(43_200), runs: 1, learn_after: 20 },
    }
}

/// What failed once or twice is tried elsewhere, in two policies of three.
pub(super) fn on_fail(policy: &mut Policy) {
    let times = u32::try_from(policy.promises.len() % 3).unwrap_or(0);
    let rule = OnFail { causes: Vec::new(), times, then: NextStep::Elsewhere, review: Seconds::ZERO };
    policy.on_fail.extend((times > 0).then_some(rule));
}

/// Guards victims' phones: one stage or two in hand, then home within some hours, as far from certain as it comes.
pub(super) fn guard(rng: &mut Rng, policy: &mut Policy) {
    let victims = When { owner: Some(vec![Owner::Victim]), device: Some(vec!["phone".into()]), ..When::default() };
    let within = Seconds(rng.pick(&[4, 8, 16, 24, 48]) * 3_600);
    policy.promises.retain(|promise| promise.tier > 1 || rng.chance(20));
    policy.promises.push(Promise {
        name: "victim-phone".into(),
        when: victims.clone(),
        milestone: Milestone::DeviceBack,
        due: DueRule::Within { from: From::TakenAt, within, working: None },
        stretch: None,
        hard: true,
        tier: 1,
        warn_before: Seconds::ZERO,
        at_risk_permille: 100,
        replacement_handset: false,
        flag_lapses: None,
        applies_within: None,
    });
    let kinds = [vec![rng.pick(&ResourceKind::ALL[..3])], ResourceKind::ALL[..3].to_vec()];
    let stage = |rng: &mut Rng, name: &str, after: Vec<usize>| Stage {
        name: name.into(),
        by: rng.pick(&kinds),
        attended: rng.chance(50),
        holds_device: true,
        returns_device: false,
        base: Seconds(rng.pick(&[900, 2_700, 7_200])),
        per_gb: Seconds(rng.pick(&[0, 7])),
        p90: rng.pick(&[100, 180]),
        ..hand_back_after(after)
    };
    let mut stages = vec![stage(rng, "prepare", Vec::new())];
    if rng.chance(50) {
        stages.push(stage(rng, "extract", vec![0]));
    }
    stages.push(hand_back_after(vec![stages.len() - 1]));
    policy.routes.insert(0, Route { name: "owner".into(), when: victims, gates: rng.some(&Gate::OF_ROUTES, 30), stages });
    policy.guard.promise = "victim-phone".into();
    policy.guard.arrives_after = Seconds(rng.pick(&[0, 7_200]));
    policy.guard.max_hold = Seconds(rng.pick(&[7_200, 86_400, 30 * 86_400]));
}

fn when(rng: &mut Rng) -> When {
    let owners: Vec<Owner> = rng.some(Owner::ALL, 60);
    let devices: Vec<&str> = rng.some(&DEVICES, 70);
    When {
        owner: rng.chance(50).then_some(owners),
        device: rng.chance(30).then(|| devices.iter().map(|device| Word::from(*device)).collect()),
        level: rng.chance(20).then(|| vec![1]),
        ..When::default()
    }
}

fn promise(rng: &mut Rng, i: usize, establishment: &Establishment) -> Promise {
    let milestone = rng.pick(&[Milestone::Extracted, Milestone::DeviceBack, Milestone::DeviceBack, Milestone::Results]);
    let length = |rng: &mut Rng| Seconds(rng.pick(&[4, 24, 72, 7 * 24, 30 * 24]) * 3_600);
    let within = length(rng);
    let due = if rng.chance(60) {
        let working = rng.chance(25).then(|| rng.pick(&establishment.calendars).id);
        DueRule::Within {
            from: rng.pick(&[From::TakenAt, From::TakenAt, From::DeliveredAt, From::AuthorisedAt]),
            within,
            working,
        }
    } else {
        let dates = [DateField::OwnerPresentUntil, DateField::CustodyExpiresAt, DateField::BailAt, DateField::EvidenceFadesAt];
        DueRule::By { date: rng.pick(&dates), before: Seconds(rng.pick(&[0, 0, 14_400])) }
    };
    Promise {
        name: format!("p{i}").as_str().into(),
        when: when(rng),
        milestone,
        applies_within: (matches!(due, DueRule::By { .. }) && rng.chance(30)).then_some(Seconds(28 * 86_400)),
        stretch: (matches!(due, DueRule::Within { .. }) && rng.chance(30)).then_some(Seconds(within.0 / 2)),
        due,
        hard: rng.chance(40),
        tier: u8::try_from(rng.below(6)).unwrap(),
        warn_before: Seconds(rng.pick(&[0, 21_600])),
        at_risk_permille: 100,
        replacement_handset: false,
        flag_lapses: None,
    }
}

fn route(rng: &mut Rng, i: usize) -> Route {
    let mut names = STAGES.to_vec();
    rng.shuffle(&mut names);
    let count = 1 + rng.below(5);
    // Nothing needs the device once it has gone back; that something may still need it then is only a warning.
    let returns = rng.chance(60).then(|| rng.below(count));
    let mut stages: Vec<Stage> = Vec::new();
    // For each stage the number of those that one person must do.
    let mut group: Vec<usize> = Vec::new();
    let mut gone: Vec<bool> = Vec::new();
    for (index, name) in names.iter().enumerate().take(count) {
        let mut stage = if returns == Some(index) { hand_back(rng, &stages) } else { work(rng, name, &stages, &group) };
        gone.push(stage.returns_device || stage.after.iter().any(|before| gone[*before]));
        stage.holds_device &= !gone[index];
        group.push(stage.same_person_as.map_or(index, |other| group[other]));
        stages.push(stage);
    }
    Route {
        name: format!("route{i}").as_str().into(),
        when: if i == 0 && rng.chance(60) { When::default() } else { when(rng) },
        gates: rng.some(&Gate::OF_ROUTES, 30),
        stages,
    }
}

fn after(rng: &mut Rng, stages: &[Stage]) -> Vec<usize> {
    let all: Vec<usize> = (0..stages.len()).collect();
    match stages.len() {
        0 => Vec::new(),
        n if rng.chance(60) => vec![n - 1],
        _ => rng.some(&all, 40),
    }
}

fn hand_back(rng: &mut Rng, stages: &[Stage]) -> Stage {
    hand_back_after(after(rng, stages))
}

fn hand_back_after(after: Vec<usize>) -> Stage {
    Stage {
        name: "hand_back".into(),
        by: Vec::new(),
        attended: false,
        holds_device: false,
        returns_device: true,
        base: Seconds::ZERO,
        per_gb: Seconds::ZERO,
        p90: 150,
        after,
        same_person_as: None,
        different_person_from: Vec::new(),
        review_every: None,
    }
}

fn work(rng: &mut Rng, name: &str, stages: &[Stage], group: &[usize]) -> Stage {
    let people: Vec<usize> = (0..stages.len()).filter(|stage| !stages[*stage].returns_device).collect();
    // As the policy file's reader arranges it: the one before in its group, if any.
    let same = (!people.is_empty() && rng.chance(15)).then(|| {
        let chosen = group[rng.pick(&people)];
        people.iter().copied().rfind(|stage| group[*stage] == chosen).unwrap()
    });
    let others: Vec<usize> =
        people.iter().copied().filter(|other| same.is_none_or(|same| group[*other] != group[same])).collect();
    Stage {
        name: name.into(),
        by: if rng.chance(30) {
            ResourceKind::ALL[..3].to_vec()
        } else {
            vec![rng.pick(&ResourceKind::ALL[..3]), rng.pick(&ResourceKind::ALL[..3])]
        },
        attended: rng.chance(60),
        holds_device: rng.chance(60),
        returns_device: false,
        base: Seconds(rng.pick(&[1, 900, 2_700, 7_200, 30_000, 100_000])),
        per_gb: Seconds(rng.pick(&[0, 0, 7, 90])),
        p90: 150,
        after: after(rng, stages),
        same_person_as: same,
        different_person_from: if rng.chance(20) { rng.some(&others, 50) } else { Vec::new() },
        review_every: None,
    }
}
