SELECT outcome, count(*)
FROM cdrs
WHERE ($1::timestamptz IS NULL OR received >= $1) AND ($2::timestamptz IS NULL OR received < $2)
GROUP BY outcome
ORDER BY outcome COLLATE "C"
