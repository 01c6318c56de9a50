-- Whether nobody could have kept a promise that was missed, with the sites and hours that there are; null where it was not
-- judged.
alter table breach add column unavoidable integer;

drop view breach_view;

-- Every breach: forecast, open, closed, or shown never to have been one.
create view breach_view as
select b.id, b.submission as number, s.force, s.owner, s.device, s.site, b.promise, b.milestone, b.state,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.due, 'unixepoch') as due,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.since, 'unixepoch') as forecast_since,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.expected, 'unixepoch') as expected,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.reached_at, 'unixepoch') as reached_at, b.reached_at - b.due as late_seconds,
    b.unavoidable
from breach b left join submission s on s.number = b.submission;
