INSERT INTO journal_damage (member, journal, segment, from_offset, to_offset, reason, event)
VALUES ($1, $2, $3, $4, $5, $6, $7)
