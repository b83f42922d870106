-- Ends of calls that were given up for their age: what was told counts. Answers with the calls that were.
UPDATE cdr_records r
SET end_place = e.of_place, ended = e.at,
    duration_us = coalesce(told, greatest(0, (extract(epoch FROM e.at - r.answered) * 1000000)::bigint)),
    release = e.of_release, ending = CASE WHEN e.orphan THEN 'orphan' ELSE 'end' END,
    end_status = e.of_status, end_cause = e.of_cause
FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::integer[],
            $7::text[], $8::integer[], $9::boolean[])
     AS e(of_call, of_place, at, told, of_status, of_release, of_cause, orphan)
WHERE r.member = $1 AND r.call = e.of_call AND r.ending = 'expired'
RETURNING e.of_call
