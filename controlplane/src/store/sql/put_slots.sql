INSERT INTO attempt_slots (plan_id, rule_id, slot, technique, in_slot_failover)
SELECT r.plan_id, r.id, w.slot, w.technique, w.failover
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::boolean[]) AS w (plan, rule, slot, technique, failover)
JOIN routing_plans p ON p.name = w.plan
JOIN rules r ON r.plan_id = p.id AND r.name = w.rule
