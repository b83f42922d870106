-- What keeps the version whole, whoever writes: one order of locks, one row that only grows, and an audit log that
-- knows what a TRUNCATE took away.

-- The version of this transaction: the first change in it takes the next one.
--
-- Numbers of transactions begin anew in a cluster into which a dump is restored: the number alone could be that of a
-- transaction long ago. So this transaction also remembers by itself that it has a version.
CREATE OR REPLACE FUNCTION config_bump() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mine bigint := nullif(current_setting('tandem.version', true), '');
BEGIN
    IF mine IS NOT NULL THEN
        PERFORM FROM config_version WHERE version = mine AND transaction = pg_current_xact_id();
        IF FOUND THEN
            RETURN mine;
        END IF;
    END IF;
    UPDATE config_version
    SET version = version + 1, transaction = pg_current_xact_id(), at = clock_timestamp()
    RETURNING version INTO mine;
    PERFORM set_config('tandem.version', mine::text, true), pg_notify('tandem_changes', mine::text);
    RETURN mine;
END $$;

-- Before a statement: the version is locked before any row is. Two writers then wait for each other in one order, and
-- never in a circle.
CREATE FUNCTION lock_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('tandem.version', true), '') = '' THEN
        PERFORM FROM config_version FOR NO KEY UPDATE;
    END IF;
    RETURN NULL;
END $$;

-- Before a TRUNCATE, after which the rows cannot be told any more.
CREATE FUNCTION audit_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_doc jsonb;
BEGIN
    IF coalesce(current_setting('tandem.actor', true), '') = '' THEN
        EXECUTE format('SELECT jsonb_agg(to_jsonb(r)) FROM %I.%I r', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO old_doc;
        INSERT INTO audit_log (version, actor, origin, action, kind, before)
        VALUES (config_bump(), session_user,
                coalesce(host(inet_client_addr()), 'local') || ', ' || current_setting('application_name'),
                'truncate', TG_TABLE_NAME, old_doc);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION note_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (version, kind, id) VALUES (config_bump(), 'all', 0) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY[
        'destinations', 'destination_prefixes', 'decks', 'deck_rates', 'trunks', 'gateways', 'trunk_networks',
        'routing_plans', 'rules', 'rule_destinations', 'attempt_slots', 'slot_trunks', 'originators',
        'originator_addresses'
    ] LOOP
        EXECUTE format('CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION lock_version()', t);
        EXECUTE format('CREATE TRIGGER a_truncate BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate()', t);
        EXECUTE format('DROP TRIGGER note_truncate ON %I', t);
        EXECUTE format('CREATE TRIGGER note_truncate AFTER TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION note_truncate()', t);
    END LOOP;
END $$;

-- The row of the version stays. It may be set to anything: readers that find it below what they know read everything.
CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('config_version: its row is what all changes count by', 'leave it');
    RETURN NULL;
END $$;
CREATE TRIGGER keep_version BEFORE DELETE OR TRUNCATE ON config_version
FOR EACH STATEMENT EXECUTE FUNCTION keep_version();

-- A new name is given past the API, which has none. Calls that stand and records go by the id: the old one stays.
CREATE FUNCTION keep_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.given_id := coalesce(NEW.given_id, OLD.stable_id);
    RETURN NEW;
END $$;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['destinations', 'trunks', 'routing_plans', 'originators'] LOOP
        EXECUTE format('CREATE TRIGGER keep_id BEFORE UPDATE OF name ON %I FOR EACH ROW
                        WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION keep_id()', t);
    END LOOP;
END $$;
