-- What must hold of an entity as a whole when its transaction commits: one check for each entity that
-- changed, whatever rows were touched.

CREATE FUNCTION refuse(what text, remedy text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = what, HINT = remedy;
END $$;

CREATE FUNCTION check_rules(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT p.name AS plan, u.name AS rule,
               (SELECT count(*) FROM rule_destinations d WHERE d.rule_id = u.id) AS destinations,
               (SELECT count(*) FROM attempt_slots s WHERE s.rule_id = u.id) AS slots,
               (SELECT count(*) FROM slot_trunks t WHERE t.rule_id = u.id) AS trunks
        FROM rules u JOIN routing_plans p ON p.id = u.plan_id WHERE u.plan_id = wanted
    LOOP
        IF r.destinations = 0 THEN
            PERFORM refuse(format('plan `%s`, rule `%s`: it has no destinations', r.plan, r.rule), 'name at least one');
        ELSIF r.slots = 0 THEN
            PERFORM refuse(format('plan `%s`, rule `%s`: it has no slot', r.plan, r.rule), 'give it 1 to 4');
        ELSIF r.trunks > 16 THEN
            PERFORM refuse(format('plan `%s`, rule `%s`: it has %s trunks over all slots', r.plan, r.rule, r.trunks),
                           'keep at most 16');
        END IF;
    END LOOP;
    FOR r IN
        SELECT p.name AS plan, u.name AS rule, s.slot, s.technique, count(t.trunk_id) AS trunks,
               coalesce(sum(t.weight), 0) AS weights,
               count(*) FILTER (WHERE t.trunk_id IS NOT NULL AND coalesce(t.weight, 0) = 0) AS shareless,
               min(k.name) FILTER (WHERE k.deck_id IS NULL) AS deckless
        FROM attempt_slots s
        JOIN rules u ON u.id = s.rule_id
        JOIN routing_plans p ON p.id = s.plan_id
        LEFT JOIN slot_trunks t ON t.rule_id = s.rule_id AND t.slot = s.slot
        LEFT JOIN trunks k ON k.id = t.trunk_id
        WHERE s.plan_id = wanted
        GROUP BY p.name, u.name, s.rule_id, s.slot, s.technique
    LOOP
        IF r.trunks = 0 THEN
            PERFORM refuse(format('plan `%s`, rule `%s`, slot %s: it has no trunks', r.plan, r.rule, r.slot),
                           'name at least one');
        ELSIF r.technique = 'percent' AND (r.weights <> 100 OR r.shareless > 0) THEN
            PERFORM refuse(format('plan `%s`, rule `%s`, slot %s: its weights sum to %s, %s without a share',
                                  r.plan, r.rule, r.slot, r.weights, r.shareless),
                           'give every trunk 1 to 100 and make them sum to exactly 100');
        ELSIF r.technique = 'lcr' AND r.deckless IS NOT NULL THEN
            PERFORM refuse(format('plan `%s`, rule `%s`, slot %s: trunk `%s` has no deck, so `lcr` can never choose it',
                                  r.plan, r.rule, r.slot, r.deckless), 'give the trunk a `deck`');
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION check_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    label text;
    many  bigint;
BEGIN
    CASE NEW.kind
    WHEN 'destination' THEN
        SELECT name INTO label FROM destinations WHERE id = NEW.id;
        IF FOUND AND NOT EXISTS (SELECT FROM destination_prefixes WHERE destination_id = NEW.id) THEN
            PERFORM refuse(format('destination `%s`: it has no prefixes', label), 'give it at least one');
        END IF;
    WHEN 'trunk' THEN
        SELECT name INTO label FROM trunks WHERE id = NEW.id;
        IF FOUND THEN
            IF NOT EXISTS (SELECT FROM gateways WHERE trunk_id = NEW.id) THEN
                PERFORM refuse(format('trunk `%s`: it has no gateways', label), 'give it 1 to 8');
            END IF;
            SELECT count(*) INTO many FROM trunk_networks WHERE trunk_id = NEW.id;
            IF many > 64 THEN
                PERFORM refuse(format('trunk `%s`: it has %s networks', label, many), 'keep at most 64');
            END IF;
            PERFORM check_rules(plan_id) FROM (
                SELECT DISTINCT t.plan_id FROM slot_trunks t
                JOIN attempt_slots s USING (rule_id, slot) JOIN trunks k ON k.id = t.trunk_id
                WHERE t.trunk_id = NEW.id AND s.technique = 'lcr' AND k.deck_id IS NULL) d;
        END IF;
    WHEN 'plan' THEN
        PERFORM check_rules(NEW.id);
    WHEN 'originator' THEN
        SELECT name INTO label FROM originators WHERE id = NEW.id;
        IF FOUND AND NOT EXISTS (SELECT FROM originator_addresses WHERE originator_id = NEW.id) THEN
            PERFORM refuse(format('originator `%s`: it has no addresses', label), 'give it at least one');
        END IF;
    ELSE
        NULL;
    END CASE;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER check_whole AFTER INSERT ON changes
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole();
