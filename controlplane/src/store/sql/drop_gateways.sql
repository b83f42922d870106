DELETE FROM gateways g USING trunks t WHERE t.id = g.trunk_id AND t.name = ANY ($1)
