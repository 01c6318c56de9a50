-- Who did a stage: a person is not the bench they sit at. What was done before is theirs who held the last assignment that finished it.
-- The text of the rest stays as it was, to the letter.
update submission
set body = replace(body, '"stages":' || (body::json -> 'stages')::text, '"stages":[' || (
    select string_agg(
        case
            when stage.value -> 'done' ->> 'slot' is null then stage.value::text
            else coalesce(
                (
                    select left(stage.value::text, -2) || ',"by":' || to_json(a.held_by)::text || '}}'
                    from assignment a
                    where a.submission = submission.number and a.stage = stage.place - 1 and a.state = 'finished'
                        and a.held_by is not null
                    order by a.id desc
                    limit 1
                ),
                stage.value::text)
        end, ',' order by stage.place)
    from json_array_elements(submission.body::json -> 'stages') with ordinality as stage (value, place)
) || ']')
where body like '%"done":{"slot":{%';
