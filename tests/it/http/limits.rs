//! How often callers may ask, as those meet it who ask too often, and those who guess.

use dfqueue::config::Limits;
use dfqueue::http::access::Role;

use super::house::{Caller, House, Reply, UNLIMITED};
use crate::harness::Database;
use crate::on_both;

/// What came of so many requests, one after another.
async fn statuses(caller: &Caller, requests: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..requests {
        statuses.push(caller.get("/v1/submissions").await.status);
    }
    statuses
}

fn worthless(caller: &Caller, n: usize) -> Caller {
    caller.with_secret(format!("dfq_guess{n}"))
}

on_both! {
    async fn a_token_that_asks_too_often_waits_and_others_do_not(db: &Database) {
        let house = House::open_with(db, Limits { requests_per_second: 1, request_burst: 5, ..UNLIMITED }).await;
        let (eager, other) = (house.caller(Role::Manager, "DI 1").await, house.caller(Role::Manager, "DI 2").await);
        let statuses = statuses(&eager, 30).await;
        assert_eq!(statuses[..5], [200; 5]);
        assert!(statuses.contains(&429), "30 requests in less than 25 s: {statuses:?}");
        let refused = until_refused(&eager).await;
        assert_eq!(refused.headers["retry-after"], "1");
        refused.problem(429, "too_many_requests");
        other.get("/v1/submissions").await.is(200);
    }

    async fn guessing_is_slow_and_hinders_nobody(db: &Database) {
        let house = House::open_with(db, Limits { unknown_per_second: 1, ..UNLIMITED }).await;
        let manager = house.caller(Role::Manager, "DI 1").await;
        manager.get("/v1/submissions").await.is(200);
        let mut refused = Vec::new();
        for n in 0..40 {
            refused.push(worthless(&manager, n).get("/v1/submissions").await.status);
        }
        assert_eq!(refused[0], 401);
        assert!(refused.iter().filter(|status| **status == 429).count() > 10, "{refused:?}");
        // Whoever was let in before is let in meanwhile.
        manager.get("/v1/submissions").await.is(200);
        // What needs no token, and what carries none, is no guess.
        house.nobody().get("/healthz").await.is(200);
        house.nobody().get("/v1/submissions").await.problem(401, "unauthenticated");
    }

    async fn a_token_seen_for_the_first_time_is_no_guess(db: &Database) {
        let house = House::open_with(db, Limits { unknown_per_second: 1, ..UNLIMITED }).await;
        for n in 0..40 {
            house.caller(Role::Manager, &format!("DI {n}")).await.get("/v1/submissions").await.is(200);
        }
    }
}

async fn until_refused(caller: &Caller) -> Reply {
    loop {
        let reply = caller.get("/v1/submissions").await;
        if reply.status != 200 {
            return reply;
        }
    }
}
