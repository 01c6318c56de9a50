-- When somebody looks whether a run of unknown length goes on.
alter table assignment add column review_at integer;
