-- $1: version of an image; $2: µs until every worker had it, null if they did not in time.
INSERT INTO image_history (version, active_us) VALUES ($1, $2)
