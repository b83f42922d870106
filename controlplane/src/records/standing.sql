-- A call that was given up for its age may have an end yet.
SELECT call, identity, id FROM cdr_open WHERE member = $1 AND identity = ANY($2::bigint[])
UNION ALL
SELECT call, identity, id FROM cdr_records
WHERE member = $1 AND identity = ANY($2::bigint[]) AND ending = 'expired'
