-- Who answers for a breach, and what was done for an owner who waits: a replacement handset, a word in time. When results were opened.
alter table breach add column acknowledged_at integer;
alter table breach add column acknowledged_by text;
alter table breach add column mitigated_at integer;
alter table submission add column handset text;
alter table submission add column handset_issued_at integer;
alter table submission add column owner_told_at integer;
alter table submission add column results_received_at integer;

drop view breach_view;

-- Every breach: forecast, open, closed, or shown never to have been one.
create view breach_view as
select b.id, b.submission as number, s.force, s.owner, s.device, s.site, b.promise, b.milestone, b.state,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.due, 'unixepoch') as due,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.since, 'unixepoch') as forecast_since,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.expected, 'unixepoch') as expected,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.reached_at, 'unixepoch') as reached_at, b.reached_at - b.due as late_seconds,
    b.unavoidable, strftime('%Y-%m-%dT%H:%M:%SZ', b.acknowledged_at, 'unixepoch') as acknowledged_at, b.acknowledged_by,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.mitigated_at, 'unixepoch') as mitigated_at
from breach b left join submission s on s.number = b.submission;
