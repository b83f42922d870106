-- What keeps the configuration consistent and its readers informed: the version, the list of changes,
-- the audit log, and the triggers that write them whoever makes the change.

-- The one row counts transactions that changed the configuration. Changing it first makes writers wait
-- for each other, so that versions become visible in their order.
CREATE TABLE config_version (
    single       boolean PRIMARY KEY DEFAULT true CHECK (single),
    version      bigint NOT NULL,
    transaction  xid8 NOT NULL,
    at           timestamptz NOT NULL DEFAULT now()
);
INSERT INTO config_version (version, transaction) VALUES (1, pg_current_xact_id());

-- Entities by the version that changed them. Kind `all`: read everything again.
CREATE TABLE changes (
    version  bigint NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('destination', 'deck', 'trunk', 'plan', 'originator', 'all')),
    id       bigint NOT NULL,
    -- A switch, which goes ahead of the image.
    urgent   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (version, kind, id)
);

CREATE TABLE audit_log (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    version  bigint NOT NULL,
    -- Who, and from where.
    actor    text NOT NULL,
    origin   text NOT NULL,
    action   text NOT NULL,
    kind     text NOT NULL,
    name     text,
    before   jsonb,
    after    jsonb
);
CREATE INDEX audit_log_at ON audit_log (at);

-- The images that were handed to the data plane.
CREATE TABLE image_history (
    version    bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- From its publication until every worker had it; null if they did not within seconds.
    active_us  bigint,
    PRIMARY KEY (version, at)
);

-- The version of this transaction: the first change in it takes the next one.
CREATE FUNCTION config_bump() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    mine bigint;
BEGIN
    SELECT version INTO mine FROM config_version WHERE transaction = pg_current_xact_id();
    IF NOT FOUND THEN
        UPDATE config_version
        SET version = version + 1, transaction = pg_current_xact_id(), at = clock_timestamp()
        RETURNING version INTO mine;
        PERFORM pg_notify('tandem_changes', mine::text);
    END IF;
    RETURN mine;
END $$;

-- After a statement: arguments are the kind of entity and the column with its key.
--
-- Who says in `tandem.actor` that he writes the audit log himself is believed: the API tells more about
-- a change than rows can.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rows    text;
    old_doc jsonb;
    new_doc jsonb;
    mine    bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        mine := config_bump();
        INSERT INTO changes (version, kind, id) VALUES (mine, 'all', 0) ON CONFLICT DO NOTHING;
    ELSE
        rows := CASE TG_OP
            WHEN 'INSERT' THEN 'SELECT %1$I AS key FROM new_rows'
            WHEN 'DELETE' THEN 'SELECT %1$I AS key FROM old_rows'
            ELSE 'SELECT %1$I AS key FROM
                      (SELECT * FROM ((TABLE new_rows) EXCEPT (TABLE old_rows)) a
                       UNION ALL SELECT * FROM ((TABLE old_rows) EXCEPT (TABLE new_rows)) b) c'
        END;
        EXECUTE format('SELECT count(*) FROM (' || rows || ') r', TG_ARGV[1]) INTO mine;
        IF mine = 0 THEN
            RETURN NULL;
        END IF;
        mine := config_bump();
        EXECUTE format('INSERT INTO changes (version, kind, id)
                        SELECT DISTINCT $1, $2, key FROM (' || rows || ') r ON CONFLICT DO NOTHING',
                       TG_ARGV[1]) USING mine, TG_ARGV[0];
    END IF;
    IF coalesce(current_setting('tandem.actor', true), '') = '' THEN
        IF TG_OP IN ('UPDATE', 'DELETE') THEN
            SELECT jsonb_agg(to_jsonb(r)) INTO old_doc FROM old_rows r;
        END IF;
        IF TG_OP IN ('UPDATE', 'INSERT') THEN
            SELECT jsonb_agg(to_jsonb(r)) INTO new_doc FROM new_rows r;
        END IF;
        INSERT INTO audit_log (version, actor, origin, action, kind, before, after)
        VALUES (mine, session_user,
                coalesce(host(inet_client_addr()), 'local') || ', ' || current_setting('application_name'),
                lower(TG_OP), TG_TABLE_NAME, old_doc, new_doc);
    END IF;
    RETURN NULL;
END $$;

-- After an update of `enabled`: the change is a switch.
CREATE FUNCTION note_switch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine bigint := config_bump();
BEGIN
    INSERT INTO changes (version, kind, id, urgent) VALUES (mine, TG_ARGV[0], NEW.id, true)
    ON CONFLICT (version, kind, id) DO UPDATE SET urgent = true;
    RETURN NULL;
END $$;

-- References go by name in what readers keep: a new name changes all who refer to it.
CREATE FUNCTION note_rename() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine bigint := config_bump();
BEGIN
    INSERT INTO changes (version, kind, id) VALUES (mine, 'all', 0) ON CONFLICT DO NOTHING;
    IF TG_TABLE_NAME = 'routing_plans' THEN
        UPDATE rules SET stable_id = rule_id(NEW.name, name) WHERE plan_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    t record;
    e record;
BEGIN
    FOR t IN SELECT * FROM (VALUES
        ('destinations', 'destination', 'id'), ('destination_prefixes', 'destination', 'destination_id'),
        ('decks', 'deck', 'id'), ('deck_rates', 'deck', 'deck_id'),
        ('trunks', 'trunk', 'id'), ('gateways', 'trunk', 'trunk_id'), ('trunk_networks', 'trunk', 'trunk_id'),
        ('routing_plans', 'plan', 'id'), ('rules', 'plan', 'plan_id'), ('rule_destinations', 'plan', 'plan_id'),
        ('attempt_slots', 'plan', 'plan_id'), ('slot_trunks', 'plan', 'plan_id'),
        ('originators', 'originator', 'id'), ('originator_addresses', 'originator', 'originator_id')
    ) AS v (name, kind, key) LOOP
        FOR e IN SELECT * FROM (VALUES
            ('INSERT', 'REFERENCING NEW TABLE AS new_rows'),
            ('UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
            ('DELETE', 'REFERENCING OLD TABLE AS old_rows'),
            ('TRUNCATE', '')
        ) AS w (event, tables) LOOP
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I %s FOR EACH STATEMENT EXECUTE FUNCTION note_change(%L, %L)',
                           'note_' || lower(e.event), e.event, t.name, e.tables, t.kind, t.key);
        END LOOP;
        IF t.name IN ('trunks', 'originators') THEN
            EXECUTE format('CREATE TRIGGER a_switch AFTER UPDATE OF enabled ON %I FOR EACH ROW
                            WHEN (OLD.enabled IS DISTINCT FROM NEW.enabled) EXECUTE FUNCTION note_switch(%L)',
                           t.name, t.kind);
        END IF;
        IF t.key = 'id' THEN
            EXECUTE format('CREATE TRIGGER a_rename AFTER UPDATE OF name ON %I FOR EACH ROW
                            WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION note_rename()', t.name);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION set_rule_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT rule_id(name, NEW.name) INTO NEW.stable_id FROM routing_plans WHERE id = NEW.plan_id;
    RETURN NEW;
END $$;
CREATE TRIGGER set_rule_id BEFORE INSERT OR UPDATE OF name, plan_id, stable_id ON rules
FOR EACH ROW EXECUTE FUNCTION set_rule_id();

CREATE FUNCTION keep_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO names (kind, id, name) VALUES (TG_ARGV[0], NEW.stable_id, NEW.name)
    ON CONFLICT (kind, id) DO UPDATE SET name = EXCLUDED.name WHERE names.name <> EXCLUDED.name;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_name AFTER INSERT OR UPDATE ON destinations FOR EACH ROW EXECUTE FUNCTION keep_name('destination');
CREATE TRIGGER keep_name AFTER INSERT OR UPDATE ON trunks FOR EACH ROW EXECUTE FUNCTION keep_name('trunk');
CREATE TRIGGER keep_name AFTER INSERT OR UPDATE ON routing_plans FOR EACH ROW EXECUTE FUNCTION keep_name('plan');
CREATE TRIGGER keep_name AFTER INSERT OR UPDATE ON rules FOR EACH ROW EXECUTE FUNCTION keep_name('rule');
CREATE TRIGGER keep_name AFTER INSERT OR UPDATE ON originators FOR EACH ROW EXECUTE FUNCTION keep_name('originator');
