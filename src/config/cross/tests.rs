use super::super::load_pair;
use super::super::tests::fixtures::{POLICY, UNIT, edit, holidays, pair};
use super::*;

/// What is odd about these two files.
fn odd(unit: &str, policy: &str) -> Vec<String> {
    let pair = load_pair(("unit.toml", unit), ("policy.toml", policy), &holidays()).unwrap();
    cross_check(&pair.establishment, &pair.policy).iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_is_odd_about_the_example_of_the_contract() {
    assert_eq!(odd(UNIT, POLICY), Vec::<String>::new());
}

#[test]
fn a_stage_that_nobody_can_do_is_told_with_the_devices_it_is_wanted_for() {
    let only_phones = edit(UNIT, "id = \"kiosk-hq-1\"\n", "id = \"kiosk-hq-1\"\ndevices = [\"phone\", \"tablet\", \"laptop\"]\n");
    assert_eq!(
        odd(&only_phones, POLICY),
        ["route kiosk, stage extract: no resource can do it for level 1: drive, sim, memory_card, vehicle, cloud_account, other"]
    );
    let no_level_3 =
        edit(UNIT, "slots = 4\nstages = [\"extract\"]\nlevels = [1, 2, 3]", "slots = 4\nstages = [\"extract\"]\nlevels = [1, 2]");
    assert_eq!(
        odd(&no_level_3, POLICY),
        ["life-at-risk", "owner-lab", "lab"].map(|route| {
            format!("route {route}, stage extract: no resource can do it for level 3: every device that comes here")
        })
    );
    let no_analysis = UNIT.replace("\"analyse\", ", "");
    assert_eq!(
        odd(&no_analysis, POLICY),
        [
            "route owner-lab, stage analyse: no resource can do it",
            "route lab, stage analyse: no resource can do it",
            "route lab, stage report: no resource can do it and \"analyse\", as `same_person_as` wants",
        ]
    );
}

#[test]
fn a_resource_for_what_no_route_asks_is_told() {
    let unit = edit(
        UNIT,
        "stages = [\"triage\", \"verify\", \"review\"]",
        "stages = [\"triage\", \"verify\", \"review\", \"analise\", \"report\"]",
    );
    let unit = edit(&unit, "devices = [\"phone\", \"tablet\"]", "devices = [\"phones\"]");
    assert_eq!(
        odd(&unit, POLICY),
        [
            "resource kiosk-north-1: the policy has no device \"phones\"; did you mean \"phone\"?",
            "resource dmi-okafor: no route has a stage \"analise\"; did you mean \"analyse\"?",
            "resource dmi-okafor: no route's stage \"report\" is done by kind dmi",
        ]
    );
}

#[test]
fn what_never_opens_is_told() {
    let unit = edit(UNIT, "open = [\"Mon-Sun 07:00-22:00\"]", "open = []");
    let unit = edit(&unit, "to_owner = \"45m\"", "to_owner = \"13h1m\"");
    let unit = edit(&unit, "returns = [\"Mon-Fri 08:00-20:00\", \"Sat-Sun 09:00-17:00\"]", "returns = []");
    assert_eq!(
        odd(&unit, POLICY),
        [
            "site hq: no return window is as long as the trip to the owner, 13h1m: no device comes back from there",
            "site north: has no return windows: no device comes back to its owner from there",
            "calendar front-desk: never opens",
        ]
    );
    let long_trip = edit(UNIT, "to_owner = \"45m\"", "to_owner = \"13h\"");
    assert_eq!(odd(&long_trip, POLICY), Vec::<String>::new(), "exactly as long as a window will do");
}

#[test]
fn a_route_behind_one_that_takes_everything_is_told() {
    let policy =
        edit(POLICY, "when = { owner = [\"victim\", \"witness\"], device = [\"phone\", \"tablet\"], level = [1] }\n", "");
    let odd = odd(UNIT, &policy);
    for route in ["owner-lab", "kiosk", "lab"] {
        assert!(odd.contains(&format!("route {route}: no submission takes it: earlier routes match all of them")), "{odd:?}");
    }
}

#[test]
fn a_device_that_is_wanted_after_it_went_back_is_told() {
    let policy = edit(
        POLICY,
        "returns_device = true\n[[route.stage]]\nname = \"review\"",
        "returns_device = true\nafter = [\"prepare\"]\n[[route.stage]]\nname = \"review\"",
    );
    assert_eq!(
        odd(UNIT, &policy),
        [
            "route owner-waits, stage extract: holds the device, yet need not be over before the device goes back",
            "route owner-waits, stage verify: holds the device, yet need not be over before the device goes back",
        ]
    );
}

#[test]
fn a_policy_without_the_lowest_tier_or_the_guarded_promise_is_told() {
    let policy = "version = \"1\"\ndevices = []\noffences = []\nrisks = []\n[[tier]]\nnumber = 1\nname = \"one\"";
    let odd = odd(UNIT, policy);
    assert!(odd.contains(&"tier 5: is not listed, yet holds submissions to which no promise applies".to_owned()), "{odd:?}");
    assert!(odd.contains(&"guard: there is no promise \"victim-phone\", so that nothing is guarded".to_owned()), "{odd:?}");
}

#[test]
fn bank_holidays_that_end_within_six_months_are_told() {
    let unit = pair().establishment;
    let end = |day: &str| holidays_end_soon(&unit, day.parse().unwrap()).map(|notice| notice.to_string());
    assert_eq!(end("2028-06-26"), None);
    assert_eq!(
        end("2028-06-27").as_deref(),
        Some("bank holidays of england-and-wales: the last one listed is 2028-12-26; replace the file with a newer one")
    );
}

#[test]
fn what_has_lapsed_or_soon_will_is_told() {
    let mut unit = pair().establishment;
    unit.resources.truncate(3);
    let lapse = |day: &str| Some(day.parse().unwrap());
    (unit.resources[0].validated_until, unit.resources[0].competent_until) = (lapse("2026-11-22"), lapse("2027-11-22"));
    (unit.resources[1].validated_until, unit.resources[1].competent_until) = (lapse("2026-12-31"), lapse("2026-12-22"));
    (unit.resources[2].validated_until, unit.resources[2].competent_until) = (lapse("2026-12-23"), None);
    let names: Vec<String> = unit.resources.iter().map(|resource| resource.id.to_string()).collect();
    let told: Vec<String> = lapsing(&unit, "2026-11-23".parse().unwrap()).iter().map(ToString::to_string).collect();
    let work = "no work that ends later is given to it";
    assert_eq!(
        told,
        [
            format!("resource {}: validation has lapsed: it ended on 2026-11-22; {work}", names[0]),
            format!("resource {}: competence lapses soon: it ends on 2026-12-22; {work}", names[1]),
        ]
    );
}
