//! What stands beside the queue: tokens, runs of jobs, old answers.

use dfqueue::daemon::Published;
use dfqueue::daemon::keeper::{keep_now, told};
use dfqueue::domain::submission::digest_of;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::planner::plan;
use dfqueue::planner::told::moved;
use dfqueue::store::{Access, Commit, IdempotentReply, Store, Token};

use crate::harness::Database;
use crate::on_both;
use crate::world::World;

const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);

fn token(id: &str) -> Token {
    Token {
        label: Some("the one by the window".into()),
        team: Some("RASSO North".into()),
        force: Some("Northshire".into()),
        sites: vec!["north".into(), "east".into()],
        ..Token::new(id, "Kiosk 3, Northport", "operator", NOW, NOW + Seconds::hours(24))
    }
}

on_both! {
    async fn tokens_are_found_by_their_secret(db: &Database) {
        let served = db.serve().await;
        let store = Store::open(&db.url, 2, Access::Beside).await.unwrap();
        store.create_token(&token("t-1"), &digest_of("secret 1")).await.unwrap();
        store.create_token(&Token { force: None, sites: Vec::new(), ..token("t-2") }, &digest_of("secret 2")).await.unwrap();
        assert!(store.create_token(&token("t-1"), &digest_of("other")).await.is_err(), "an id is given once");
        assert!(store.create_token(&token("t-3"), &digest_of("secret 1")).await.is_err(), "a secret is given once");

        let found = served.token(&digest_of("secret 1")).await.unwrap().unwrap();
        assert_eq!(found, token("t-1"));
        assert!(found.is_valid(NOW) && !found.is_valid(NOW + Seconds::hours(24)));
        assert_eq!(served.token(&digest_of("guess")).await.unwrap(), None);

        assert!(!store.revoke_token("t-9", NOW).await.unwrap());
        assert!(store.revoke_token("t-1", NOW + Seconds(60)).await.unwrap());
        assert!(store.revoke_token("t-1", NOW + Seconds(900)).await.unwrap());
        let found = served.token(&digest_of("secret 1")).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(NOW + Seconds(60)), "the first revocation stands");
        assert!(found.is_valid(NOW) && !found.is_valid(NOW + Seconds(60)));
        let ids: Vec<_> = store.tokens().await.unwrap().into_iter().map(|token| token.id).collect();
        assert_eq!(ids, ["t-1", "t-2"]);
    }

    /// Of many that want to run a job, one does.
    async fn a_run_is_claimed_once(db: &Database) {
        let store = db.serve().await;
        assert_eq!(store.last_run("report").await.unwrap(), None);
        let claims = futures::future::join_all((0..8).map(|_| store.claim_run("report", NOW, NOW))).await;
        assert_eq!(claims.into_iter().filter(|claim| *claim.as_ref().unwrap()).count(), 1);
        assert!(store.claim_run("report", NOW - Seconds(60), NOW).await.unwrap());
        assert!(store.claim_run("sweep", NOW, NOW).await.unwrap());
        assert_eq!(store.last_run("report").await.unwrap(), Some(NOW));

        assert_eq!(store.forget_runs(NOW + Seconds(1)).await.unwrap(), 1, "the last run of each job stays");
        assert_eq!(store.last_run("report").await.unwrap(), Some(NOW));
        assert!(!store.claim_run("report", NOW, NOW).await.unwrap());
    }

    async fn old_answers_are_forgotten_a_batch_at_a_time(db: &Database) {
        let store = db.serve().await;
        let mut world = World::founded(2);
        world.commit(&store).await.unwrap();
        let answer = |n: i64| IdempotentReply {
            token: "t-1".into(),
            key: format!("k{n}"),
            request: digest_of("r"),
            status: 200,
            body: "{}".into(),
            created_at: NOW + Seconds(n),
        };
        let replies: Vec<_> = (0..1_200).map(answer).collect();
        store.commit(&Commit { replies: &replies, ..world.pending(&[]) }).await.unwrap();
        let before = NOW + Seconds(1_100);
        let mut batches = Vec::new();
        while batches.last() != Some(&0) {
            batches.push(store.forget_replies(before).await.unwrap());
        }
        assert_eq!(batches.iter().sum::<u64>(), 1_100);
        assert!(batches.iter().all(|batch| *batch <= 500) && batches[0] > 0, "{batches:?}");
        assert_eq!(store.reply("t-1", "k1099").await.unwrap(), None);
        assert_eq!(store.reply("t-1", "k1100").await.unwrap(), Some(answer(1_100)));
    }

    /// Whoever starts again knows what the last plan that was kept told, not one before it.
    async fn what_people_were_told_outlives_the_daemon(db: &Database) {
        let store = db.serve().await;
        assert!(told(&store).await.is_none(), "nobody was told anything");
        let mut world = World::founded(1);
        let mut plans = Vec::new();
        for _ in 0..2 {
            world.happen_times(60);
            plans.push(Published::first(world.unit.clone(), plan(&world.unit, world.now), world.now));
        }
        assert!(!plans[1].plan.steps.is_empty());
        for published in &plans {
            keep_now(&store, published).await.unwrap();
        }
        store.close().await;

        let again = db.serve().await;
        let recalled = told(&again).await.unwrap();
        let last = &plans[1].plan;
        assert_eq!((recalled.now, recalled.based_on, &recalled.turns), (last.now, last.based_on, &last.turns));
        assert_eq!(moved(&recalled, last), 0);
        again.keep_told(1, world.now, "{}").await.unwrap();
        assert!(told(&again).await.is_none(), "what can't be read stops nobody");
    }
}
