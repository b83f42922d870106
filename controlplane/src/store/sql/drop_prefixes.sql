-- $1: destinations that change or go; $2, $3: prefixes that they shall have, with their owners.
DELETE FROM destination_prefixes p USING destinations d
WHERE d.id = p.destination_id AND d.name = ANY ($1)
  AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS w (prefix, owner)
                  WHERE w.prefix = p.prefix AND w.owner = d.name)
