-- The session whose transaction has written here, or has locked something, for the longest time.
SELECT a.pid, a.usename::text, coalesce(a.application_name, ''), coalesce(a.state, ''),
       extract(epoch FROM clock_timestamp() - a.xact_start)::bigint
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
  AND a.backend_type = 'client backend' AND a.xact_start IS NOT NULL
  AND a.wait_event_type IS DISTINCT FROM 'Lock'
  AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.relation IS NOT NULL
                                       AND l.mode <> 'AccessShareLock')
ORDER BY a.xact_start LIMIT 1
