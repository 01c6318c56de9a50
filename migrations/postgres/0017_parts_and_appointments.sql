-- What an exhibit is a part of, and the time that is kept for when a device is brought.
alter table submission add column parent text;
alter table submission add column appointment_resource text;
alter table submission add column appointment_from bigint;
alter table submission add column appointment_until bigint;
