UPDATE journal_offset SET segment = $3, byte_offset = $4, created_us = $5, seen = now()
WHERE member = $1 AND journal = $2
