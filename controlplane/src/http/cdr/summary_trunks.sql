-- The last attempt of an answered call is the one that answered. A trunk that was given another name is one trunk.
SELECT coalesce(max(t.attempt ->> 'trunk'), t.attempt ->> 'trunk_id') AS name,
       count(*) FILTER (WHERE t.ordinal = 1),
       count(*),
       count(*) FILTER (WHERE r.answered IS NOT NULL AND t.ordinal = jsonb_array_length(r.attempts))
FROM cdrs r, jsonb_array_elements(r.attempts) WITH ORDINALITY AS t (attempt, ordinal)
WHERE ($1::timestamptz IS NULL OR r.received >= $1) AND ($2::timestamptz IS NULL OR r.received < $2)
GROUP BY t.attempt ->> 'trunk_id'
