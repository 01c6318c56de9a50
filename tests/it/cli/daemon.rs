//! Commands that speak to a running daemon.

use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use super::house::{House, queue, row};
use super::{dfqueue_with, example, squeezed};

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_go_in_and_bad_ones_are_told_by_line_and_column() {
    let house = House::open().await;
    let token = house.token("intake").await;
    let rows = [row("A/1", "phone", "pin_held,,"), row("A/2", "toaster", "pin_held,,"), row("A/3", "phone", "4821,,")];
    let file = house.folder.write("queue.csv", &queue(&rows));
    let ran = house.run(&token, &["import", &file]);
    assert_eq!((ran.code, ran.out.as_str()), (3, "1 new, 0 unchanged, 0 filled, 0 corrected, 0 differ, 2 bad\n"));
    assert_eq!(
        house.folder.named(&ran.err),
        "\
queue.csv:3: device: \"toaster\" is none of the policy's words: phone, tablet, laptop, vehicle, other
queue.csv:4: lock_state: is not a lock state; a PIN's status is recorded, never its value; known: unlocked, pin_held, afu, bfu, \
         encrypted, unknown
"
    );
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_again_changes_only_what_it_says() {
    let house = House::open().await;
    let token = house.token("intake").await;
    let import = |rows: &[String], more: &[&str]| {
        let file = house.folder.write("queue.csv", &queue(rows));
        house.run(&token, &[&["import", &file], more].concat())
    };
    // Whoever imports, and however often: the same row is no change.
    let first = [row("A/1", "phone", "unknown,,64"), row("A/2", "phone", "pin_held,Apple,128")];
    assert_eq!(import(&first, &[]).out, "2 new, 0 unchanged, 0 filled, 0 corrected, 0 differ, 0 bad\n");
    assert_eq!(import(&first, &[]).out, "0 new, 2 unchanged, 0 filled, 0 corrected, 0 differ, 0 bad\n");

    // What was empty is filled in; what is empty now says nothing.
    let filled = [row("A/1", "phone", "pin_held,Nokia,64"), row("A/2", "phone", ",,")];
    assert_eq!(import(&filled, &[]).out, "0 new, 1 unchanged, 1 filled, 0 corrected, 0 differ, 0 bad\n");

    // What differs is told, and left as it is.
    let differs = [row("A/1", "tablet", "pin_held,Nokia,256"), row("A/2", "phone", ",,")];
    let told = import(&differs, &[]);
    assert_eq!((told.code, told.out.as_str()), (0, "0 new, 1 unchanged, 0 filled, 0 corrected, 1 differ, 0 bad\n"));
    assert_eq!(
        house.folder.named(&told.err),
        "\
queue.csv:2: device: Q1 has \"phone\" on record, the file has \"tablet\"
queue.csv:2: storage_gb: Q1 has \"64\" on record, the file has \"256\"
what differs was left as it is; --correct --reason TEXT changes it
"
    );
    let json = import(&differs, &["--json"]).json();
    assert_eq!(
        json["differing_rows"],
        json!([{ "line": 2, "id": "Q1", "columns": [
            { "column": "device", "recorded": "phone", "given": "tablet" },
            { "column": "storage_gb", "recorded": "64", "given": "256" },
        ] }])
    );

    // Unless a reason is given.
    let again = ["--correct", "--reason", "read from the label again"];
    let refused = import(&differs, &again);
    assert!(refused.code == 3 && refused.err.contains("takes back promise victim-phone of Q1"), "{}", refused.err);
    // That a phone is a tablet takes the 24 hours back: a supervisor's to say.
    let sergeant = house.token("supervisor").await;
    let file = house.folder.write("queue.csv", &queue(&differs));
    let corrected = house.run(&sergeant, &[&["import", &file], &again[..]].concat());
    assert_eq!((corrected.code, corrected.err.as_str()), (0, ""));
    assert_eq!(corrected.out, "0 new, 1 unchanged, 0 filled, 1 corrected, 0 differ, 0 bad\n");
    assert_eq!(import(&differs, &[]).out, "0 new, 2 unchanged, 0 filled, 0 corrected, 0 differ, 0 bad\n");
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_that_need_each_other_go_through_in_either_order() {
    let house = House::open().await;
    let token = house.token("intake").await;
    let import = |taken: &str, delivered: &str, more: &[&str]| {
        let text = format!(
            "force,crime_ref,exhibit_ref,oic,offence,owner,device,taken_at,delivered_at,site\n\
             Northshire,NS/9,A/1,DC 1,rasso,victim,phone,{taken},{delivered},north\n"
        );
        let file = house.folder.write("queue.csv", &text);
        house.run(&token, &[&["import", &file], more].concat())
    };
    let reason = ["--correct", "--reason", "the day was wrong"];
    assert_eq!(import("2026-11-20T07:40:00Z", "2026-11-20T08:00:00Z", &[]).code, 0);
    for (taken, delivered) in [("2026-11-22T07:40:00Z", "2026-11-22T08:00:00Z"), ("2026-11-19T07:40:00Z", "2026-11-19T08:00:00Z")]
    {
        let ran = import(taken, delivered, &reason);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (0, "0 new, 0 unchanged, 0 filled, 1 corrected, 0 differ, 0 bad\n"),
            "{}",
            ran.err
        );
    }
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_batches_are_one_import() {
    let mut house = House::open().await;
    let token = house.token("intake").await;
    let rows: Vec<String> = (1..=1_234).map(|n| row(&format!("A/{n}"), "phone", "pin_held,,")).collect();
    let file = house.folder.write("queue.csv", &queue(&rows));
    let ran = house.run(&token, &["import", &file]);
    assert_eq!(ran.out, "1234 new, 0 unchanged, 0 filled, 0 corrected, 0 differ, 0 bad\n", "{}", ran.err);
    house.planned(1_234).await;
    // And as many pages one list.
    let manager = house.token("manager").await;
    let list = house.run(&manager, &["queue", "--json"]).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1_234);
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_read_in_tables_and_in_json() {
    let mut house = House::open().await;
    let (intake, manager) = (house.token("intake").await, house.token("manager").await);
    let imported = house.run(&intake, &["import", &example("submissions.csv")]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    house.forecast(7).await;

    let status = house.run(&manager, &["status"]);
    assert_eq!(squeezed(&status.out)[1], "7 submissions open: 7 waiting");

    let queue = house.run(&manager, &["queue"]);
    assert_eq!(
        squeezed(&queue.out),
        [
            "# id submission tier what promise due how sure next clear by",
            "1 Q1 Northshire|NS/1|AB/1|1 1 victim phone owner-waits on track Mon 23 Nov 12:30 back by Mon 23 Nov 10:25 in 5 of 10, by Mon 23 Nov 10:52 in 9 of 10; late with under 1 % prepare on operator/1 from Mon 23 Nov 09:00 to Mon 23 Nov 09:15 -",
            "2 Q2 Northshire|NS/1|AB/2|1 1 victim phone victim-phone on track Tue 24 Nov 08:20 back by Mon 23 Nov 11:38 in 5 of 10, by Mon 23 Nov 12:17 in 9 of 10; late with under 1 % prepare on operator/1 from Mon 23 Nov 09:15 to Mon 23 Nov 09:30 -",
            "3 Q3 Northshire|NS/1|AB/3|1 1 victim phone victim-phone at risk Tue 24 Nov 08:00 back by Mon 23 Nov 20:21 in 5 of 10, by Tue 24 Nov 14:26 in 9 of 10; late with 47 % waits: no agreement of the device user and no written notice Mon 23 Nov 17:08",
            "4 Q4 Northshire|NS/2|CD/1|1 2 suspect laptop fading-evidence FORECAST LATE by 2h 00m Tue 24 Nov 06:00 extracted by Tue 24 Nov 08:00 in 5 of 10, by Tue 24 Nov 08:38 in 9 of 10; late with 94 % triage on dmi/1 from Mon 23 Nov 09:00 to Mon 23 Nov 09:42 -",
            "5 Q5 Northshire|NS/2|CD/2|1 5 suspect laptop standard waiting Thu 26 Nov 18:00 - waits: earlier exhibit first: Q4 -",
            "6 Q6 Northshire|NS/3|EF/1|1 5 suspect vehicle standard FORECAST LATE: nobody can keep it Thu 26 Nov 10:00 - waits: nobody can: needs van able to extract a vehicle at level 1 -",
            "7 Q7 Northshire|NS/4|GH/1|1 5 other other standard FORECAST LATE: nobody can keep it Thu 26 Nov 10:00 - waits: no route of the policy is for it -",
        ]
    );

    let short = house.run(&manager, &["status", "Northshire|NS/1|AB/3"]);
    assert_eq!(
        squeezed(&short.out),
        [
            "Q3 Northshire|NS/1|AB/3|1: victim phone, tier 1, taken Mon 23 Nov 08:00, OIC DC 1",
            "waiting, at hq since Mon 23 Nov 08:40; number 3 in the queue; results pending",
            "lock state pin held",
            "waits for: no agreement of the device user and no written notice; to be cleared by Mon 23 Nov 17:08",
            "promise milestone standing due at the latest reached how sure",
            "victim-phone device_back at risk Tue 24 Nov 08:00 Mon 23 Nov 21:00 Mon 23 Nov 13:43 if its gates were met now back by Mon 23 Nov 20:21 in 5 of 10, by Tue 24 Nov 14:26 in 9 of 10; late with 47 %",
            "standard results waiting Thu 26 Nov 18:00 Thu 26 Nov 18:00 Mon 23 Nov 16:09 if its gates were met now results by Tue 24 Nov 10:06 in 5 of 10, by Tue 24 Nov 16:30 in 9 of 10; late with under 1 %",
            "by to do who",
            "Mon 23 Nov 17:08 record the device user's agreement and the written notice investigator DC 1",
            "Mon 23 Nov 20:15 authorise that the device goes back once verified investigator DC 1",
        ]
    );

    let schedule = |more: &[&str]| house.run(&manager, &[&["schedule", "Northshire|NS/1|AB/3"], more].concat());
    let page = schedule(&[]);
    assert!(page.code == 0 && page.out.starts_with("<!DOCTYPE html>") && page.out.contains("AB/3"), "{}{}", page.out, page.err);
    assert!(schedule(&["--format", "csv"]).out.lines().count() > 1);
    assert!(schedule(&["--format", "json"]).out.starts_with('{'));
    let why = house.run(&manager, &["why", "AB/3", "--force", "Northshire", "--crime-ref", "NS/1"]);
    assert_eq!(
        squeezed(&why.out)[..12],
        [
            "Q3 Northshire|NS/1|AB/3|1: victim phone, tier 1, route owner-waits, number 3 in the queue; plan of Mon 23 Nov 09:00",
            "gate since",
            "agreement SHUT -",
            "authorisation met Mon 23 Nov 08:50",
            "delivery met Mon 23 Nov 08:40",
            "pin met -",
            "stage state on start end why not sooner",
            "prepare waiting - - - no agreement of the device user and no written notice",
            "extract waiting - - - no agreement of the device user and no written notice; after prepare, which waits itself",
            "verify waiting - - - no agreement of the device user and no written notice; after extract, which waits itself",
            "hand_back waiting - - - no agreement of the device user and no written notice; after verify, which waits itself",
            "review waiting - - - no agreement of the device user and no written notice; after verify, which waits itself",
        ]
    );
    // Then the promises and who can unblock it, as `status` has them, what came of it, and what would make it sooner.
    let otherwise = |line: &String| ["when it came", "were ", "with "].iter().any(|word| line.starts_with(word));
    let (came, known): (Vec<_>, Vec<_>) = squeezed(&why.out).into_iter().skip(12).partition(otherwise);
    assert_eq!(
        came,
        [
            "when it came: it fits, were its gates met now; nobody is put back",
            "were its gates met now: extracted Mon 23 Nov 12:08, device back Mon 23 Nov 13:43, results Mon 23 Nov 16:09",
            "with one more like kiosk at north on Mon 23 Nov: extracted Mon 23 Nov 11:22 instead of Mon 23 Nov 12:08, device back Mon 23 Nov 12:57 instead of Mon 23 Nov 13:43",
            "with one more like dmi at hq on Mon 23 Nov: results Mon 23 Nov 14:59 instead of Mon 23 Nov 16:09",
        ]
    );
    assert_eq!(known, squeezed(&short.out)[4..]);

    let actions = house.run(&manager, &["actions", "--person", "DC 1"]);
    assert_eq!(
        squeezed(&actions.out),
        [
            "by to do who gone up to submission reference what tier",
            "Mon 23 Nov 10:26 authorise that the device goes back once verified investigator DC 1 - Q1 Northshire|NS/1|AB/1|1 victim phone 1",
            "Mon 23 Nov 11:12 authorise that the device goes back once verified investigator DC 1 - Q2 Northshire|NS/1|AB/2|1 victim phone 1",
            "Mon 23 Nov 17:08 record the device user's agreement and the written notice investigator DC 1 - Q3 Northshire|NS/1|AB/3|1 victim phone 1",
            "Mon 23 Nov 20:15 authorise that the device goes back once verified investigator DC 1 - Q3 Northshire|NS/1|AB/3|1 victim phone 1",
        ]
    );

    assert_eq!(house.run(&manager, &["breaches", "--state", "closed"]).out, "no breach is closed\n");
    let breaches = house.run(&manager, &["breaches", "--json"]).json();
    assert!(breaches["items"].is_array(), "{breaches}");
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said_with_the_way_out() {
    let house = House::open().await;
    let (intake, manager) = (house.token("intake").await, house.token("manager").await);
    let said = |token: &str, arguments: &[&str]| {
        let ran = house.run(token, arguments);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{arguments:?}");
        ran.err.replace(&house.server(), "SERVER")
    };
    let sign_in = "\n  give a token with DFQUEUE_TOKEN or --token-file; dfqueue token create makes one\n";
    assert_eq!(said("", &["queue"]), format!("dfqueue: Unauthenticated: send Authorization: Bearer dfq_...{sign_in}"));
    assert_eq!(
        said("dfq_forged", &["queue"]),
        format!("dfqueue: Unauthenticated: this token is not known, has expired or was revoked{sign_in}")
    );
    assert_eq!(said(&intake, &["queue"]), "dfqueue: Forbidden: this needs the role manager or auditor; this token has intake\n");
    assert_eq!(
        said(&manager, &["schedule", "Q9"]),
        "dfqueue: Not found: there is no submission \"Q9\" that this token may see\n"
    );
    assert_eq!(said(&manager, &["why", "Q9"]), "dfqueue: Not found: there is no submission \"Q9\" that this token may see\n");
    assert_eq!(
        said(&manager, &["why", "Northshire|NS/1|AB/1"]),
        "dfqueue: \"Northshire|NS/1|AB/1\": there is no such submission, or this token may not see it\n"
    );
    assert_eq!(
        said(&manager, &["status", "AB/1"]),
        "dfqueue: \"AB/1\": an exhibit_ref alone may be of any case; add --force and --crime-ref, or write the queue number, like Q12\n"
    );
    assert_eq!(
        said(&manager, &["queue", "--tier", "x,y"]),
        "dfqueue: Wrong query: 2 mistakes, in tier, tier\n  tier: \"x\" is not a whole number, 0 or more\n  tier: \"y\" is not a whole number, 0 or more\n"
    );
    assert_eq!(
        said(&manager, &["import", &example("submissions.csv")]),
        "dfqueue: Forbidden: this needs the role intake, investigator or supervisor; this token has manager\n"
    );
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_printed_in_every_format() {
    let house = House::open().await;
    let (intake, manager) = (house.token("intake").await, house.token("manager").await);
    assert_eq!(house.run(&intake, &["import", &example("submissions.csv")]).code, 0);
    let of = |report: &str, more: &[&str]| {
        house.run(&manager, &[&["report", report, "--from", "2026-11-01", "--to", "2026-11-30"], more].concat())
    };
    let beginnings = [
        ("table", "OFFICIAL-SENSITIVE\n"),
        ("csv", "classification,"),
        ("xlsx", "PK"),
        ("json", "{"),
        ("html", "<!DOCTYPE html>"),
    ];
    for report in ["performance", "backlog", "capacity", "quality"] {
        for (format, beginning) in beginnings {
            let ran = of(report, &["--format", format]);
            assert!(ran.code == 0 && ran.out.starts_with(beginning), "{report} as {format}: {}{}", ran.out, ran.err);
        }
    }
    let backlog = squeezed(&of("backlog", &["--by", "force"]).out);
    for line in ["WAITING NOW", "Northshire all all 7 0 0 7 0 0 0", "EXAMINED AGAINST REMOVED", "nothing to tell"] {
        assert!(backlog.iter().any(|told| told == line), "{line}: {backlog:#?}");
    }
    let wrong = of("backlog", &["--by", "colour"]);
    assert_eq!((wrong.code, wrong.err.contains("\"colour\" is none of force, team, site")), (1, true), "{}", wrong.err);
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_verified_beside_the_daemon_and_an_altered_entry_is_named() {
    let house = House::open().await;
    let token = house.token("intake").await;
    assert_eq!(house.run(&token, &["import", &example("submissions.csv")]).code, 0);
    let whole = house.run(&token, &["ledger", "verify", "--json"]).json();
    assert!(whole["finding"].is_null() && whole["entries"].as_i64().is_some_and(|entries| entries >= 9), "{whole}");

    let path = house.folder.path("dfqueue.db");
    house.daemon.stop().await.unwrap();
    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let triggers: Vec<(String,)> =
        sqlx::query_as("select name from sqlite_master where type = 'trigger'").fetch_all(&mut connection).await.unwrap();
    for (name,) in triggers {
        connection.execute(sqlx::AssertSqlSafe(format!("drop trigger {name}"))).await.unwrap();
    }
    connection.execute("update ledger set happened_at = happened_at - 3600 where seq = 4").await.unwrap();
    connection.close().await.unwrap();
    let state = house.folder.path("").display().to_string();
    let altered = dfqueue_with(&[("DFQUEUE__STATE__DIR", &state)], &["ledger", "verify"]);
    assert_eq!(altered.code, 1);
    assert!(altered.out.starts_with("3 entries are as they were written"), "{}", altered.out);
    assert!(altered.err.starts_with("dfqueue: ledger entry 4: "), "{}", altered.err);
    let json: Value =
        serde_json::from_str(&dfqueue_with(&[("DFQUEUE__STATE__DIR", &state)], &["ledger", "verify", "--json"]).out).unwrap();
    assert_eq!(json["finding"]["seq"], 4);
}
