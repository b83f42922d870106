INSERT INTO originator_addresses (network, originator_id)
SELECT w.network::cidr, o.id
FROM unnest($1::text[], $2::text[]) AS w (network, owner) JOIN originators o ON o.name = w.owner
WHERE NOT EXISTS (SELECT FROM originator_addresses a WHERE a.network = w.network::cidr AND a.originator_id = o.id)
