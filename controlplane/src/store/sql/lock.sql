SELECT version, set_config('tandem.actor', $1, true) FROM config_version FOR UPDATE
