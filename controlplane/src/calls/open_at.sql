-- Calls of a member that stood at place $3 of its journal $2: told before it, and not ended before it. Those
-- given up for their age stood no more, whenever that was found out.
WITH at AS (
    SELECT $3::bigint + (base << 32) AS place FROM journal_offset WHERE member = $1 AND journal = $2
), stood AS (
    SELECT trunk_id, originator_id FROM cdr_open, at WHERE member = $1 AND id <= at.place
    UNION ALL
    SELECT trunk_id, originator_id FROM cdr_records, at
    WHERE member = $1 AND end_place > at.place AND id <= at.place AND ending IN ('end', 'orphan')
)
SELECT true, trunk_id, count(*) FROM stood WHERE trunk_id IS NOT NULL GROUP BY trunk_id
UNION ALL
SELECT false, originator_id, count(*) FROM stood WHERE originator_id IS NOT NULL GROUP BY originator_id
ORDER BY 1, 2
