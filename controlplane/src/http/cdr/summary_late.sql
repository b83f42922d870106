SELECT count(*)
FROM cdr_late l
WHERE EXISTS (
    SELECT FROM cdrs r
    WHERE r.member = l.member AND r.call = l.call
      AND ($1::timestamptz IS NULL OR r.received >= $1) AND ($2::timestamptz IS NULL OR r.received < $2))
