SELECT d.id, d.name::text,
       coalesce(r.prefixes, '{}') AS prefixes, coalesce(r.units, '{}') AS units,
       hashtextextended(d::text, 0) # coalesce(r.sum, 0) AS sum
FROM decks d
LEFT JOIN (
    SELECT deck_id, array_agg(prefix::text ORDER BY prefix) AS prefixes,
           array_agg(units ORDER BY prefix) AS units,
           bit_xor(hashtextextended(c::text, 0)) AS sum
    FROM deck_rates c {deck_id}
    GROUP BY deck_id
) r ON r.deck_id = d.id
{d.id}
