-- What an exhibit is a part of, and the time that is kept for when a device is brought.
alter table submission add column parent text;
alter table submission add column appointment_resource text;
alter table submission add column appointment_from integer;
alter table submission add column appointment_until integer;
