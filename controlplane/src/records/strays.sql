INSERT INTO cdr_strays (member, id, call, identity, at_us, duration_us, status, release, cause, orphan)
SELECT $1, e.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                           $7::integer[], $8::text[], $9::integer[], $10::boolean[]) AS e
