INSERT INTO rule_destinations (plan_id, rule_id, position, destination_id)
SELECT r.plan_id, r.id, w.position, d.id
FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[]) AS w (plan, rule, position, destination)
JOIN routing_plans p ON p.name = w.plan
JOIN rules r ON r.plan_id = p.id AND r.name = w.rule
JOIN destinations d ON d.name = w.destination
