SELECT kind::text, id::bigint, name FROM names
