-- What was taken since a day: forecasts ask each hour.
create index submission_taken on submission (taken_at);
