INSERT INTO originators AS t (name, given_id, enabled, plan_id)
SELECT w.name, w.given_id, w.enabled, p.id
FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::text[]) WITH ORDINALITY
     AS w (name, given_id, enabled, plan, place)
JOIN routing_plans p ON p.name = w.plan
ORDER BY w.place
ON CONFLICT (name) DO UPDATE SET given_id = EXCLUDED.given_id, enabled = EXCLUDED.enabled, plan_id = EXCLUDED.plan_id
WHERE (t.given_id, t.enabled, t.plan_id) IS DISTINCT FROM (EXCLUDED.given_id, EXCLUDED.enabled, EXCLUDED.plan_id)
