INSERT INTO audit_log (version, actor, origin, action, kind, name, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
