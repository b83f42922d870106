-- The configuration: what docs/plan-file.md describes, an entity a table and a list a child table.
--
-- An entity has a key of its own, so that references survive a change of name, and a stable id, which
-- call records, cookies and images carry: the given one, else the one that derives from the name.

-- 32-bit FNV-1a. Records on disk hold its results: it never changes.
CREATE FUNCTION fnv1a(bytes bytea) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    hash bigint := 2166136261;
BEGIN
    FOR i IN 0 .. length(bytes) - 1 LOOP
        hash := ((hash # get_byte(bytes, i)) * 16777619) & 4294967295;
    END LOOP;
    RETURN hash;
END $$;

-- Id of a name in 24 bits, never 0: trunks and originators.
CREATE FUNCTION narrow_id(name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    hash bigint := fnv1a(convert_to(name, 'UTF8'));
BEGIN
    RETURN greatest(((hash >> 24) # hash) & 16777215, 1);
END $$;

-- Id of a name in 32 bits, never 0: destinations and plans.
CREATE FUNCTION wide_id(name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN greatest(fnv1a(convert_to(name, 'UTF8')), 1);
END $$;

-- Id of a rule: rules are named within their plan.
CREATE FUNCTION rule_id(plan text, rule text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN greatest(fnv1a(convert_to(plan, 'UTF8') || '\x00'::bytea || convert_to(rule, 'UTF8')), 1);
END $$;

CREATE DOMAIN entity_name AS text COLLATE "C"
    CHECK (octet_length(VALUE) BETWEEN 1 AND 128 AND VALUE = btrim(VALUE) AND VALUE !~ '[[:cntrl:]]');
CREATE DOMAIN number_prefix AS text COLLATE "C" CHECK (VALUE ~ '^[0-9]{1,15}$');
CREATE DOMAIN ipv4_network AS cidr CHECK (family(VALUE) = 4);
CREATE DOMAIN ipv4_address AS inet CHECK (family(VALUE) = 4 AND masklen(VALUE) = 32);
CREATE DOMAIN milliseconds AS integer CHECK (VALUE BETWEEN 0 AND 3600000);

CREATE TABLE destinations (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        entity_name NOT NULL UNIQUE,
    given_id    bigint CHECK (given_id BETWEEN 1 AND 4294967295),
    stable_id   bigint NOT NULL GENERATED ALWAYS AS (coalesce(given_id, wide_id(name))) STORED
                UNIQUE DEFERRABLE INITIALLY DEFERRED,
    country     text CHECK (country ~ '^[A-Z]{2}$')
);

CREATE TABLE destination_prefixes (
    prefix          number_prefix PRIMARY KEY,
    destination_id  bigint NOT NULL REFERENCES destinations ON DELETE CASCADE
);
CREATE INDEX destination_prefixes_owner ON destination_prefixes (destination_id);

CREATE TABLE decks (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  entity_name NOT NULL UNIQUE
);

CREATE TABLE deck_rates (
    deck_id  bigint NOT NULL REFERENCES decks ON DELETE CASCADE,
    prefix   number_prefix NOT NULL,
    -- Price of a minute in 10^-8 currency units.
    units    bigint NOT NULL CHECK (units >= 0 AND units < 100000000000000),
    PRIMARY KEY (deck_id, prefix)
);

CREATE TABLE trunks (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        entity_name NOT NULL UNIQUE,
    given_id    bigint CHECK (given_id BETWEEN 1 AND 16777215),
    stable_id   bigint NOT NULL GENERATED ALWAYS AS (coalesce(given_id, narrow_id(name))) STORED
                UNIQUE DEFERRABLE INITIALLY DEFERRED,
    -- Company that runs it; its own name when not given.
    carrier     entity_name,
    enabled     boolean NOT NULL DEFAULT true,
    in_dialog   text NOT NULL DEFAULT 'own' CHECK (in_dialog IN ('own', 'any')),
    deck_id     bigint REFERENCES decks
);
CREATE INDEX trunks_deck ON trunks (deck_id);

CREATE TABLE gateways (
    trunk_id  bigint NOT NULL REFERENCES trunks ON DELETE CASCADE,
    position  integer NOT NULL CHECK (position BETWEEN 1 AND 8),
    host      ipv4_address NOT NULL,
    port      integer NOT NULL DEFAULT 5060 CHECK (port BETWEEN 1 AND 65535),
    priority  integer NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 65535),
    weight    integer NOT NULL DEFAULT 0 CHECK (weight BETWEEN 0 AND 65535),
    PRIMARY KEY (trunk_id, position)
);

CREATE TABLE trunk_networks (
    trunk_id  bigint NOT NULL REFERENCES trunks ON DELETE CASCADE,
    network   ipv4_network NOT NULL,
    PRIMARY KEY (trunk_id, network)
);

CREATE TABLE routing_plans (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                entity_name NOT NULL UNIQUE,
    given_id            bigint CHECK (given_id BETWEEN 1 AND 4294967295),
    stable_id           bigint NOT NULL GENERATED ALWAYS AS (coalesce(given_id, wide_id(name))) STORED
                UNIQUE DEFERRABLE INITIALLY DEFERRED,
    policy              text NOT NULL DEFAULT 'conservative' CHECK (policy = 'conservative'),
    max_total_attempts  integer NOT NULL DEFAULT 4 CHECK (max_total_attempts BETWEEN 1 AND 16),
    total_ms            milliseconds NOT NULL DEFAULT 60000,
    no_response_ms      milliseconds NOT NULL DEFAULT 2000,
    pdd_ms              milliseconds NOT NULL DEFAULT 6000,
    invite_timeout_ms   milliseconds NOT NULL DEFAULT 30000,
    ring_timeout_ms     milliseconds NOT NULL DEFAULT 120000,
    retry_interval_ms   milliseconds NOT NULL DEFAULT 0
);

CREATE TABLE rules (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_id    bigint NOT NULL REFERENCES routing_plans ON DELETE CASCADE,
    position   integer NOT NULL,
    name       entity_name NOT NULL,
    -- Unique over all plans, since a call record names the rule alone. Kept by a trigger.
    stable_id  bigint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (plan_id, name),
    UNIQUE (plan_id, id)
);

CREATE TABLE rule_destinations (
    plan_id         bigint NOT NULL,
    rule_id         bigint NOT NULL,
    position        integer NOT NULL,
    destination_id  bigint NOT NULL REFERENCES destinations,
    -- A destination stands in at most one rule of a plan.
    PRIMARY KEY (plan_id, destination_id),
    FOREIGN KEY (plan_id, rule_id) REFERENCES rules (plan_id, id) ON DELETE CASCADE
);
CREATE INDEX rule_destinations_rule ON rule_destinations (rule_id);
CREATE INDEX rule_destinations_destination ON rule_destinations (destination_id);

CREATE TABLE attempt_slots (
    plan_id           bigint NOT NULL,
    rule_id           bigint NOT NULL,
    slot              integer NOT NULL CHECK (slot BETWEEN 1 AND 4),
    technique         text NOT NULL CHECK (technique IN ('lcr', 'percent', 'round_robin')),
    in_slot_failover  boolean NOT NULL,
    PRIMARY KEY (rule_id, slot),
    FOREIGN KEY (plan_id, rule_id) REFERENCES rules (plan_id, id) ON DELETE CASCADE
);

CREATE TABLE slot_trunks (
    plan_id   bigint NOT NULL,
    rule_id   bigint NOT NULL,
    slot      integer NOT NULL,
    position  integer NOT NULL,
    trunk_id  bigint NOT NULL REFERENCES trunks,
    weight    bigint CHECK (weight BETWEEN 0 AND 1000000),
    PRIMARY KEY (rule_id, slot, trunk_id),
    FOREIGN KEY (rule_id, slot) REFERENCES attempt_slots (rule_id, slot) ON DELETE CASCADE,
    FOREIGN KEY (plan_id, rule_id) REFERENCES rules (plan_id, id) ON DELETE CASCADE
);
CREATE INDEX slot_trunks_trunk ON slot_trunks (trunk_id);

CREATE TABLE originators (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       entity_name NOT NULL UNIQUE,
    given_id   bigint CHECK (given_id BETWEEN 1 AND 16777215),
    stable_id  bigint NOT NULL GENERATED ALWAYS AS (coalesce(given_id, narrow_id(name))) STORED
                UNIQUE DEFERRABLE INITIALLY DEFERRED,
    enabled    boolean NOT NULL DEFAULT true,
    plan_id    bigint NOT NULL REFERENCES routing_plans
);
CREATE INDEX originators_plan ON originators (plan_id);

CREATE TABLE originator_addresses (
    -- A source belongs to one originator.
    network        ipv4_network PRIMARY KEY,
    originator_id  bigint NOT NULL REFERENCES originators ON DELETE CASCADE
);
CREATE INDEX originator_addresses_owner ON originator_addresses (originator_id);

-- What an id stood for when it was last used: written with the entity, never deleted, since records
-- outlive entities.
CREATE TABLE names (
    kind  text NOT NULL,
    id    bigint NOT NULL,
    name  text NOT NULL,
    PRIMARY KEY (kind, id)
);
