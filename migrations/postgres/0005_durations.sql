-- How long stages really take, by kind: how often seen, and a histogram of what work took over what the policy expected
-- (base + per_gb * GB), as JSON: pairs of bucket and weight, bucket k around 2^(k/8).
create table duration (
    stage   text not null,
    device  text not null,
    level   bigint not null,
    band    bigint not null,
    base    bigint not null,
    per_gb  bigint not null,
    seen    bigint not null,
    weights text not null,
    primary key (stage, device, level, band, base, per_gb)
);
