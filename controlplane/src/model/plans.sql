SELECT p.id, p.name::text, p.given_id, p.max_total_attempts, p.total_ms::integer, p.no_response_ms::integer,
       p.pdd_ms::integer, p.invite_timeout_ms::integer, p.ring_timeout_ms::integer, p.retry_interval_ms::integer,
       coalesce(r.rules, '[]')::text AS rules,
       hashtextextended(p::text, 0) # coalesce(r.sum, 0) AS sum
FROM routing_plans p
LEFT JOIN (
    SELECT u.plan_id,
           json_agg(json_build_object('name', u.name, 'destinations', coalesce(d.names, '[]'),
                                      'slots', coalesce(s.slots, '[]')) ORDER BY u.position) AS rules,
           bit_xor(hashtextextended(u::text, 0) # coalesce(d.sum, 0) # coalesce(s.sum, 0)) AS sum
    FROM rules u
    LEFT JOIN (
        SELECT c.rule_id, json_agg(n.name ORDER BY c.position) AS names,
               bit_xor(hashtextextended(c::text, 0)) AS sum
        FROM rule_destinations c JOIN destinations n ON n.id = c.destination_id {c.plan_id}
        GROUP BY c.rule_id
    ) d ON d.rule_id = u.id
    LEFT JOIN (
        SELECT c.rule_id,
               json_agg(json_build_object('technique', c.technique, 'in_slot_failover', c.in_slot_failover,
                                          'trunks', coalesce(t.trunks, '[]')) ORDER BY c.slot) AS slots,
               bit_xor(hashtextextended(c::text, 0) # coalesce(t.sum, 0)) AS sum
        FROM attempt_slots c
        LEFT JOIN (
            SELECT e.rule_id, e.slot,
                   json_agg(json_build_object('trunk', k.name, 'weight', e.weight) ORDER BY e.position) AS trunks,
                   bit_xor(hashtextextended(e::text, 0)) AS sum
            FROM slot_trunks e JOIN trunks k ON k.id = e.trunk_id {e.plan_id}
            GROUP BY e.rule_id, e.slot
        ) t ON t.rule_id = c.rule_id AND t.slot = c.slot
        {c.plan_id}
        GROUP BY c.rule_id
    ) s ON s.rule_id = u.id
    {u.plan_id}
    GROUP BY u.plan_id
) r ON r.plan_id = p.id
{p.id}
