SELECT * FROM cdrs
WHERE ($1::timestamptz IS NULL OR received >= $1)
  AND ($2::timestamptz IS NULL OR received < $2)
  AND ($3::text IS NULL OR caller LIKE $3 || '%' OR caller LIKE '+' || $3 || '%')
  AND ($4::text IS NULL OR callee LIKE $4 || '%' OR callee LIKE '+' || $4 || '%')
  AND ($5::jsonb IS NULL OR attempts @> $5 OR attempts @> $6)
  AND ($7::text IS NULL OR originator = $7 OR originator IS NULL AND originator_id::text = $7)
  AND ($8::text IS NULL OR call_id = $8)
  AND ($9::timestamptz IS NULL OR received <= $9 AND (received, member, id) < ($9, $10::integer, $11::bigint))
ORDER BY received DESC, member DESC, id DESC
LIMIT $12
