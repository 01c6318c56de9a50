-- Whether nobody could have kept a promise that was missed, with the sites and hours that there are; null where it was not
-- judged.
alter table breach add column unavoidable boolean;

drop view breach_view;

-- Every breach: forecast, open, closed, or shown never to have been one.
create view breach_view as
select b.id, b.submission as number, s.force, s.owner, s.device, s.site, b.promise, b.milestone, b.state,
    instant(b.due) as due,
    instant(b.since) as forecast_since,
    instant(b.expected) as expected,
    instant(b.reached_at) as reached_at, b.reached_at - b.due as late_seconds,
    b.unavoidable
from breach b left join submission s on s.number = b.submission;
