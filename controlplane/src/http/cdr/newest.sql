SELECT * FROM cdr_records
WHERE member = $1 AND end_place IS NOT NULL
ORDER BY end_place DESC, id DESC
LIMIT $2
