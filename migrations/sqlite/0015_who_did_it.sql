-- Who did a stage: a person is not the bench they sit at. What was done before is theirs who held the last assignment that finished it.
update submission
set body = json_set(body, '$.stages', json((
    select json_group_array(json(case
        when stage.type = 'text' then json_quote(stage.value)
        when json_extract(stage.value, '$.done.slot') is null then stage.value
        else coalesce(
            (
                select json_set(stage.value, '$.done.by', a.held_by)
                from assignment a
                where a.submission = submission.number and a.stage = stage.key and a.state = 'finished' and a.held_by is not null
                order by a.id desc
                limit 1
            ),
            stage.value)
    end))
    from json_each(submission.body, '$.stages') stage
)))
where body like '%"done":{"slot":{%';
