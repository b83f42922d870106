-- $1: version of an image; $2: µs until every worker had it, null if they did not in time.
--
-- Nobody waits for this row, and no configuration shall wait for the disk because of it.
WITH late AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO image_history (version, active_us) SELECT $1::bigint, $2::bigint FROM late
