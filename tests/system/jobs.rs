//! Jobs by the calendar, in the daemon's own time.

use dfqueue::clock::Clock;
use dfqueue::domain::time::Seconds;

use crate::harness::Home;

/// One run of the retention job forgets everything that is old, however much that is, and nothing else.
async fn retention_forgets_all_that_is_old(home: Home) {
    let insert = |blob: &str| {
        format!(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1300)
             insert into idempotency (token, key, request_digest, status, reply, created_at)
             select 'test-intake', 'key-' || i, {blob}, 200, '{{}}', case when i <= 1200 then i else 4000000000 end from n;
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200)
             insert into cron_run (job, due_at, claimed_at) select 'breach_sweep', i, i from n;"
        )
    };
    let digest = "0".repeat(64);
    let database = home.database.as_ref().unwrap();
    database.run(&insert(&format!("x'{digest}'")), &insert(&format!("'\\x{digest}'::bytea"))).await;

    let soon = Clock::System.now() + Seconds(3);
    let at = soon.utc().format("%-S %-M %-H * * *").to_string();
    let settings = [("jobs.retention", at.as_str()), ("jobs.time_zone", "UTC"), ("jobs.breach_sweep", "0 0 0 1 1 *")];
    let mut daemon = home.start(&settings).await;
    let log = daemon.process.logs("retention").await;
    assert!(log.contains("replies=1200"), "{log}");
    // All but the run that was caught up at the start: the last of a job says what is missed from then on.
    assert!(log.contains("runs=1200"), "{log}");
    daemon.process.stop().await;
    let store = home.store().await;
    assert!(store.last_run("breach_sweep").await.unwrap().is_some());
    assert!(store.reply("test-intake", "key-1200").await.unwrap().is_none());
    assert!(store.reply("test-intake", "key-1201").await.unwrap().is_some());
    store.close().await;
}

#[tokio::test]
async fn retention_forgets_all_that_is_old_on_sqlite() {
    retention_forgets_all_that_is_old(Home::sqlite().await).await;
}

#[tokio::test]
async fn retention_forgets_all_that_is_old_on_postgres() {
    retention_forgets_all_that_is_old(Home::postgres().await).await;
}
