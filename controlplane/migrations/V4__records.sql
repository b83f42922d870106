-- Call detail records, and how far the journal of each data plane has come in.
--
-- A call has one row. While it stands the row is in cdr_open, which is small and changes all the time;
-- when it is over the row moves to cdr_records, which only grows and is cut by day of reception. The
-- view cdrs shows both.
--
-- A place is where an event ends in a journal: (base + segment) * 2^32 + offset. Places of one member ascend,
-- also when its journal is replaced by another one: journal_offset.base sees to that.

CREATE TABLE cdr_records (
    member          integer     NOT NULL,
    -- Place of the START, or of the one event of an unanswered call: with member the call's name for life.
    id              bigint      NOT NULL,
    -- Place of the event that completed the record. What completes later has the higher one.
    end_place       bigint,
    worker          integer     NOT NULL,
    call            bigint      NOT NULL,
    identity        bigint      NOT NULL,
    received        timestamptz NOT NULL,
    progress_us     bigint,
    setup_us        bigint      NOT NULL,
    answered        timestamptz,
    ended           timestamptz,
    duration_us     bigint,
    originator_id   bigint,
    originator      text,
    destination_id  bigint,
    destination     text,
    plan_id         bigint,
    plan            text,
    rule_id         bigint,
    rule            text,
    image_version   bigint      NOT NULL,
    trunk_id        bigint,
    trunk           text,
    source_ip       inet        NOT NULL,
    source_port     integer     NOT NULL,
    ingress         integer     NOT NULL,
    egress_ip       inet,
    egress_port     integer,
    egress          integer,
    outcome         text        NOT NULL,
    status          integer     NOT NULL,
    cause           integer     NOT NULL,
    -- Who ended it: caller, callee, router, unknown.
    release         text        NOT NULL,
    -- How an answered call's end became known: end, orphan (by its cookie alone, so that the duration
    -- is derived), expired (it did not for five hours; should it yet, it replaces this word).
    ending          text,
    end_status      integer,
    end_cause       integer,
    call_id         text        NOT NULL,
    from_tag        text        NOT NULL,
    to_tag          text        NOT NULL,
    caller          text        NOT NULL,
    callee          text        NOT NULL,
    p_asserted      text,
    -- In the order of trying: {ordinal, slot, trunk_id, trunk, gateway, status, cause, start_us,
    -- progress_us, end_us, flags}.
    attempts        jsonb       NOT NULL,
    PRIMARY KEY (received, member, id)
) PARTITION BY RANGE (received);

-- Half of what a record costs is its entries in these: each has no more columns than questions need.
CREATE INDEX cdr_records_callee ON cdr_records (callee text_pattern_ops);
CREATE INDEX cdr_records_caller ON cdr_records (caller text_pattern_ops);
-- Whoever calls chooses the Call-ID, and its length: a hash takes every one, which a tree does not.
CREATE INDEX cdr_records_call_id ON cdr_records USING hash (call_id);
CREATE INDEX cdr_records_trunk ON cdr_records (trunk_id, received);
CREATE INDEX cdr_records_end_place ON cdr_records (member, end_place);

-- Calls that were given up, for ends that come all the same.
CREATE INDEX cdr_records_expired ON cdr_records (member, call, identity) WHERE ending = 'expired';

-- What a clock put outside the days that have a partition.
CREATE TABLE cdr_records_other PARTITION OF cdr_records DEFAULT;

-- No primary key: the offset sees to it that nothing comes twice, and cdr_records checks it.
CREATE TABLE cdr_open (LIKE cdr_records)
WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Both columns count: of a table that was never analysed the planner believes that one value in a column is
-- every two hundredth row, and with one column alone it would rather go through all of them.
CREATE INDEX cdr_open_call ON cdr_open (member, call);
CREATE INDEX cdr_open_identity ON cdr_open (member, identity);
CREATE INDEX cdr_open_received ON cdr_open (received);

-- A 2xx that came after its attempt had been given up. It can come before or after the record of its call.
CREATE TABLE cdr_late (
    member      integer     NOT NULL,
    id          bigint      NOT NULL,
    call        bigint      NOT NULL,
    identity    bigint      NOT NULL,
    at          timestamptz NOT NULL,
    trunk_id    bigint,
    trunk       text,
    gateway     text        NOT NULL,
    status      integer     NOT NULL,
    after_us    bigint,
    ordinal     integer     NOT NULL,
    PRIMARY KEY (member, id)
);

CREATE INDEX cdr_late_call ON cdr_late (member, call);
CREATE INDEX cdr_late_at ON cdr_late (at);

CREATE VIEW cdrs AS
SELECT r.*,
       coalesce(r.progress_us, CASE WHEN r.answered IS NOT NULL THEN r.setup_us END) AS pdd_us,
       r.answered IS NOT NULL AND r.end_place IS NULL AS standing,
       EXISTS (SELECT FROM cdr_late l WHERE l.member = r.member AND l.call = r.call) AS late_answer
FROM (SELECT * FROM cdr_records UNION ALL SELECT * FROM cdr_open) r;

-- Ends that belong to no call that stands: second ends, ends whose START is older than the journal, and
-- those that came before their START, which takes them when it comes.
CREATE TABLE cdr_strays (
    member      integer     NOT NULL,
    id          bigint      NOT NULL,
    -- 0 when only the identity is known.
    call        bigint      NOT NULL,
    identity    bigint      NOT NULL,
    at_us       bigint      NOT NULL,
    duration_us bigint,
    status      integer     NOT NULL,
    release     text        NOT NULL,
    cause       integer     NOT NULL,
    orphan      boolean     NOT NULL,
    seen        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member, id)
);

CREATE INDEX cdr_strays_call ON cdr_strays (member, call);
CREATE INDEX cdr_strays_seen ON cdr_strays (seen);

CREATE TABLE journal_offset (
    member       integer     NOT NULL,
    journal      text        NOT NULL,
    segment      bigint      NOT NULL,
    byte_offset  bigint      NOT NULL,
    -- When that segment was made, in µs: another value there is another journal.
    created_us   bigint      NOT NULL,
    -- What is added to the segment in places of records.
    base         bigint      NOT NULL DEFAULT 0,
    -- How often another journal was found in the same directory.
    replaced     integer     NOT NULL DEFAULT 0,
    seen         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member, journal)
);

-- Bytes of a journal that are not in the records: a damaged range, or one event with its bytes.
CREATE TABLE journal_damage (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member       integer     NOT NULL,
    journal      text        NOT NULL,
    segment      bigint      NOT NULL,
    from_offset  bigint      NOT NULL,
    to_offset    bigint,
    reason       text        NOT NULL,
    event        bytea,
    seen         timestamptz NOT NULL DEFAULT now()
);

-- Makes the partition of a day (UTC) if there is none, and says whether there was none. Records of that day
-- that are in the default one move: a partition cannot be attached over them.
CREATE FUNCTION cdr_make_day(wanted date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    name text := 'cdr_records_' || to_char(wanted, 'YYYYMMDD');
    low  timestamptz := wanted::timestamp AT TIME ZONE 'UTC';
    high timestamptz := (wanted + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('cdr_make_day'));
    -- A name's cached absence outlives the wait for the lock; a query sees what was committed meanwhile.
    IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = 'cdr_records'::regclass AND c.relname = name) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE cdr_records INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT of_day CHECK (received >= %L AND received < %L)',
                   name, low, high);
    EXECUTE format('WITH moved AS (DELETE FROM cdr_records_other WHERE received >= %L AND received < %L
                    RETURNING *) INSERT INTO %I SELECT * FROM moved', low, high, name);
    EXECUTE format('ALTER TABLE cdr_records ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   name, low, high);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT of_day', name);
    RETURN true;
END $$;

-- Drops what is older than the last `keep` days, and answers with the number of partitions that went.
CREATE FUNCTION cdr_drop_days(keep integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    oldest date := (now() AT TIME ZONE 'UTC')::date - keep;
    before timestamptz := oldest::timestamp AT TIME ZONE 'UTC';
    name   text;
    gone   integer := 0;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'cdr_records'::regclass AND c.relname ~ '^cdr_records_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < oldest
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', name);
        gone := gone + 1;
    END LOOP;
    DELETE FROM cdr_records_other WHERE received < before;
    DELETE FROM cdr_late WHERE at < before;
    DELETE FROM cdr_strays WHERE seen < before;
    DELETE FROM journal_damage WHERE seen < before;
    RETURN gone;
END $$;
