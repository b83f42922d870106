SELECT call, identity, id FROM cdr_open WHERE member = $1 AND identity = ANY($2::bigint[])
