-- A reader that is further behind reads everything.
DELETE FROM changes WHERE version < (SELECT version FROM config_version) - 10000
