INSERT INTO trunk_networks (trunk_id, network)
SELECT t.id, w.network::cidr FROM unnest($1::text[], $2::text[]) AS w (owner, network) JOIN trunks t ON t.name = w.owner
