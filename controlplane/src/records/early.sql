SELECT DISTINCT ON (call) call, id, at_us, duration_us, status, release, cause
FROM cdr_strays WHERE member = $1 AND call = ANY($2::bigint[]) AND NOT orphan
ORDER BY call, id
