SELECT t.id, t.name::text, t.given_id, coalesce(t.carrier, t.name)::text AS carrier, t.enabled, t.in_dialog,
       d.name::text AS deck,
       coalesce(g.hosts, '{}') AS hosts, coalesce(g.ports, '{}') AS ports,
       coalesce(g.priorities, '{}') AS priorities, coalesce(g.weights, '{}') AS weights,
       coalesce(n.networks, '{}') AS networks,
       hashtextextended(t::text, 0) # coalesce(g.sum, 0) # coalesce(n.sum, 0) AS sum
FROM trunks t
LEFT JOIN decks d ON d.id = t.deck_id
LEFT JOIN (
    SELECT trunk_id, array_agg(host(host) ORDER BY position) AS hosts, array_agg(port ORDER BY position) AS ports,
           array_agg(priority ORDER BY position) AS priorities, array_agg(weight ORDER BY position) AS weights,
           bit_xor(hashtextextended(c::text, 0)) AS sum
    FROM gateways c {trunk_id}
    GROUP BY trunk_id
) g ON g.trunk_id = t.id
LEFT JOIN (
    SELECT trunk_id, array_agg(network::text ORDER BY network) AS networks,
           bit_xor(hashtextextended(c::text, 0)) AS sum
    FROM trunk_networks c {trunk_id}
    GROUP BY trunk_id
) n ON n.trunk_id = t.id
{t.id}
