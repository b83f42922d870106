SELECT d.id, d.name::text, d.given_id, d.country,
       coalesce(p.prefixes, '{}') AS prefixes,
       hashtextextended(d::text, 0) # coalesce(p.sum, 0) AS sum
FROM destinations d
LEFT JOIN (
    SELECT destination_id, array_agg(prefix::text ORDER BY prefix) AS prefixes,
           bit_xor(hashtextextended(c::text, 0)) AS sum
    FROM destination_prefixes c {destination_id}
    GROUP BY destination_id
) p ON p.destination_id = d.id
{d.id}
