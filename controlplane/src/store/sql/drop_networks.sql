DELETE FROM trunk_networks n USING trunks t WHERE t.id = n.trunk_id AND t.name = ANY ($1)
