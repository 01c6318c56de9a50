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

    let added = house.run(&manager, &["what-if", "--keep", "fading-evidence=100%", "--keep", "standard=100%", "--cost", "dmi=3"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let lines = squeezed(&added.out);
    assert_eq!(lines[0], "wanted: fading-evidence in 100.0 %, standard in 100.0 % of today's queue", "{}", added.out);
    assert_eq!(lines[1], "one more cost fading-evidence hours late standard hours late others kept");
    assert!(lines[2].starts_with("as it is - ") && lines.iter().any(|line| line.starts_with("1 more dmi 3 ")), "{}", added.out);
    let json = house.run(&manager, &["what-if", "--keep", "victim-phone=50%", "--json"]).json();
    assert_eq!(json["wanted"][0]["percent"], 50.0, "{json:#}");

    let nothing = house.run(&manager, &["what-if"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (1, ""));
    assert!(nothing.err.contains("--set kiosk=+2") && nothing.err.contains("--keep victim-phone=95%"), "{}", nothing.err);
    let unknown = house.run(&manager, &["what-if", "--keep", "phones=95%"]);
    assert!(
        unknown.code == 1 && unknown.err.contains("no promise is called \"phones\"; promises: victim-phone"),
        "{}",
        unknown.err
    );
    let wrong = house.run(&manager, &["what-if", "--without", "kiosk/9"]);
    assert!(wrong.code == 1 && wrong.err.contains("there is no resource \"kiosk/9\" in the unit file"), "{}", wrong.err);
    house.daemon.stop().await.unwrap();
}
