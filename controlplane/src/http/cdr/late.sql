SELECT member, call, coalesce(trunk, trunk_id::text, '?') AS trunk, status, after_us
FROM cdr_late
WHERE call = ANY ($1) AND member = ANY ($2)
ORDER BY id
