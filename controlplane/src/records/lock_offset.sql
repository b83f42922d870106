-- The last column: whether ends may be there that came before their START.
SELECT segment, byte_offset, base,
       EXISTS (SELECT FROM cdr_strays s WHERE s.member = $1 AND s.seen > now() - interval '1 hour')
FROM journal_offset WHERE member = $1 AND journal = $2 FOR UPDATE
