INSERT INTO rules (plan_id, position, name, stable_id)
SELECT p.id, w.position, w.name, rule_id(p.name, w.name)
FROM unnest($1::text[], $2::integer[], $3::text[]) AS w (plan, position, name) JOIN routing_plans p ON p.name = w.plan
