INSERT INTO trunks AS t (name, given_id, carrier, enabled, in_dialog, deck_id)
SELECT w.name, w.given_id, w.carrier, w.enabled, w.in_dialog, d.id
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[], $5::text[], $6::text[]) WITH ORDINALITY
     AS w (name, given_id, carrier, enabled, in_dialog, deck, place)
LEFT JOIN decks d ON d.name = w.deck
ORDER BY w.place
ON CONFLICT (name) DO UPDATE SET given_id = EXCLUDED.given_id, carrier = EXCLUDED.carrier,
    enabled = EXCLUDED.enabled, in_dialog = EXCLUDED.in_dialog, deck_id = EXCLUDED.deck_id
WHERE (t.given_id, t.carrier, t.enabled, t.in_dialog, t.deck_id)
      IS DISTINCT FROM
      (EXCLUDED.given_id, EXCLUDED.carrier, EXCLUDED.enabled, EXCLUDED.in_dialog, EXCLUDED.deck_id)
