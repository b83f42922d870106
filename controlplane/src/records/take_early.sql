DELETE FROM cdr_strays WHERE member = $1 AND id = ANY($2::bigint[])
