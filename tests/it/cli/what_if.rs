//! What if: today's queue in a unit that is another, in a table.

use super::house::House;
use super::{example, squeezed};

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_reads_promise_by_promise_what_a_change_would_do() {
    let mut house = House::open().await;
    let (intake, manager) = (house.token("intake").await, house.token("manager").await);
    house.run(&intake, &["import", &example("submissions.csv")]);
    house.forecast(7).await;
    let more = house.run(&manager, &["what-if", "--set", "lab=+1", "--without", "dmi"]);
    assert_eq!(more.code, 0, "{}", more.err);
    let lines = squeezed(&more.out);
    assert_eq!(lines[0], "without dmi, 1 more lab:", "{}", more.out);
    assert_eq!(lines[1], "promise tier open late now late then by in all now by in all then");
    assert!(lines.iter().any(|line| line.starts_with("fading-evidence 2 1 1 ")), "{}", more.out);
    assert!(lines.iter().any(|line| line.starts_with("submission reference promise due now then")), "{}", more.out);
    let json = house.run(&manager, &["what-if", "--close", "north", "--json"]).json();
    assert!(json["promises"].as_array().is_some_and(|lines| !lines.is_empty()), "{json:#}");

    let nothing = house.run(&manager, &["what-if"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert!(nothing.err.contains("--set kiosk=+2"), "{}", nothing.err);
    let wrong = house.run(&manager, &["what-if", "--without", "kiosk/9"]);
    assert!(wrong.code == 1 && wrong.err.contains("there is no resource \"kiosk/9\" in the unit file"), "{}", wrong.err);
    house.daemon.stop().await.unwrap();
}
