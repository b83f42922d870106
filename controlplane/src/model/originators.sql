SELECT o.id, o.name::text, o.given_id, o.enabled, p.name::text AS plan,
       coalesce(a.networks, '{}') AS networks,
       hashtextextended(o::text, 0) # coalesce(a.sum, 0) AS sum
FROM originators o
JOIN routing_plans p ON p.id = o.plan_id
LEFT JOIN (
    SELECT originator_id, array_agg(network::text ORDER BY network) AS networks,
           bit_xor(hashtextextended(c::text, 0)) AS sum
    FROM originator_addresses c {originator_id}
    GROUP BY originator_id
) a ON a.originator_id = o.id
{o.id}
