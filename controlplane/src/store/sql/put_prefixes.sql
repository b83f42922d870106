INSERT INTO destination_prefixes (prefix, destination_id)
SELECT w.prefix, d.id
FROM unnest($1::text[], $2::text[]) AS w (prefix, owner) JOIN destinations d ON d.name = w.owner
WHERE NOT EXISTS (SELECT FROM destination_prefixes p WHERE p.prefix = w.prefix AND p.destination_id = d.id)
