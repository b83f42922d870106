INSERT INTO routing_plans AS t (name, given_id, max_total_attempts, total_ms, no_response_ms, pdd_ms,
                                invite_timeout_ms, ring_timeout_ms, retry_interval_ms)
SELECT name, given_id, attempts, total, no_response, pdd, invite, ring, retry
FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::integer[],
            $7::integer[], $8::integer[], $9::integer[]) WITH ORDINALITY
     AS w (name, given_id, attempts, total, no_response, pdd, invite, ring, retry, place)
ORDER BY place
ON CONFLICT (name) DO UPDATE SET given_id = EXCLUDED.given_id,
    max_total_attempts = EXCLUDED.max_total_attempts, total_ms = EXCLUDED.total_ms,
    no_response_ms = EXCLUDED.no_response_ms, pdd_ms = EXCLUDED.pdd_ms,
    invite_timeout_ms = EXCLUDED.invite_timeout_ms, ring_timeout_ms = EXCLUDED.ring_timeout_ms,
    retry_interval_ms = EXCLUDED.retry_interval_ms
