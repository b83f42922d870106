-- $1: decks that change; $2, $3: the prefixes that they shall have, with their decks.
DELETE FROM deck_rates r USING decks d
WHERE d.id = r.deck_id AND d.name = ANY ($1)
  AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS w (prefix, owner)
                  WHERE w.prefix = r.prefix AND w.owner = d.name)
