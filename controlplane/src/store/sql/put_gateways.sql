INSERT INTO gateways (trunk_id, position, host, port, priority, weight)
SELECT t.id, w.position, w.host::inet, w.port, w.priority, w.weight
FROM unnest($1::text[], $2::integer[], $3::text[], $4::integer[], $5::integer[], $6::integer[])
     AS w (owner, position, host, port, priority, weight)
JOIN trunks t ON t.name = w.owner
