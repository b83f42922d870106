-- $1: the longest wait of this transaction for another one.
SELECT set_config('lock_timeout', $1, true)
