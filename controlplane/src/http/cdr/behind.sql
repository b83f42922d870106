-- Complete records of a member behind a place; those that were given up together have one place.
SELECT * FROM cdr_records
WHERE member = $1 AND end_place >= $2 AND (end_place, id) > ($2, $3)
ORDER BY end_place, id
LIMIT $4
