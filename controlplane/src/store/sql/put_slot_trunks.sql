INSERT INTO slot_trunks (plan_id, rule_id, slot, position, trunk_id, weight)
SELECT r.plan_id, r.id, w.slot, w.position, t.id, w.weight
FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::bigint[])
     AS w (plan, rule, slot, position, trunk, weight)
JOIN routing_plans p ON p.name = w.plan
JOIN rules r ON r.plan_id = p.id AND r.name = w.rule
JOIN trunks t ON t.name = w.trunk
