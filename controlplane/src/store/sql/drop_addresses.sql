-- $1: originators that change or go; $2, $3: the networks that they shall have, with their owners.
DELETE FROM originator_addresses a USING originators o
WHERE o.id = a.originator_id AND o.name = ANY ($1)
  AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS w (network, owner)
                  WHERE w.network::cidr = a.network AND w.owner = o.name)
