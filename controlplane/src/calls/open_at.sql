-- Calls of a member that stood at place $2: told before it, and not ended before it. Those given up for their
-- age stood no more, whenever that was found out.
WITH stood AS (
    SELECT trunk_id, originator_id FROM cdr_open WHERE member = $1 AND id <= $2
    UNION ALL
    SELECT trunk_id, originator_id FROM cdr_records
    WHERE member = $1 AND end_place > $2 AND id <= $2 AND ending IN ('end', 'orphan')
)
SELECT true, trunk_id, count(*) FROM stood WHERE trunk_id IS NOT NULL GROUP BY trunk_id
UNION ALL
SELECT false, originator_id, count(*) FROM stood WHERE originator_id IS NOT NULL GROUP BY originator_id
ORDER BY 1, 2
