-- Who answers for a breach, and what was done for an owner who waits: a replacement handset, a word in time. When results were opened.
alter table breach add column acknowledged_at bigint;
alter table breach add column acknowledged_by text;
alter table breach add column mitigated_at bigint;
alter table submission add column handset text;
alter table submission add column handset_issued_at bigint;
alter table submission add column owner_told_at bigint;
alter table submission add column results_received_at bigint;

drop view breach_view;

-- Every breach: forecast, open, closed, or shown never to have been one.
create view breach_view as
select b.id, b.submission as number, s.force, s.owner, s.device, s.site, b.promise, b.milestone, b.state,
    instant(b.due) as due,
    instant(b.since) as forecast_since,
    instant(b.expected) as expected,
    instant(b.reached_at) as reached_at, b.reached_at - b.due as late_seconds,
    b.unavoidable, instant(b.acknowledged_at) as acknowledged_at, b.acknowledged_by,
    instant(b.mitigated_at) as mitigated_at
from breach b left join submission s on s.number = b.submission;
