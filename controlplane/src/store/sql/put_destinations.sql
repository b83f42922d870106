INSERT INTO destinations AS t (name, given_id, country)
SELECT name, given_id, country
FROM unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS w (name, given_id, country, place)
ORDER BY place
ON CONFLICT (name) DO UPDATE SET given_id = EXCLUDED.given_id, country = EXCLUDED.country
WHERE (t.given_id, t.country) IS DISTINCT FROM (EXCLUDED.given_id, EXCLUDED.country)
