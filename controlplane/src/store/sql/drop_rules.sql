DELETE FROM rules r USING routing_plans p WHERE p.id = r.plan_id AND p.name = ANY ($1)
