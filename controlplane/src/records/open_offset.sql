-- The answer is on the disk of the server, and so is all that it says: where other sessions commit without waiting
-- for that, this one waits.
-- How far the journal came in; one that was never seen begins at its beginning. Its places are to be higher
-- than all that the member's other journals have used: base goes up if one of them is ahead.
WITH others AS (
    SELECT coalesce(max(base + segment), 0) AS top, set_config('synchronous_commit', 'on', true) FROM journal_offset
    WHERE member = $1 AND journal <> $2
)
INSERT INTO journal_offset AS o (member, journal, segment, byte_offset, created_us, base)
SELECT $1, $2, 0, 0, 0, top FROM others
ON CONFLICT (member, journal) DO UPDATE
SET seen = now(),
    -- Segments count from 1; at 0 nothing was read.
    base = greatest(o.base, excluded.base + least(o.segment, 1) - o.segment)
RETURNING segment, byte_offset, created_us
