INSERT INTO deck_rates AS t (deck_id, prefix, units)
SELECT d.id, w.prefix, w.units
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w (prefix, owner, units) JOIN decks d ON d.name = w.owner
ON CONFLICT (deck_id, prefix) DO UPDATE SET units = EXCLUDED.units WHERE t.units <> EXCLUDED.units
