-- Calls that stand for longer than any may ($3): their end was never told. $2 is a place behind the last event.
WITH gone AS (
    DELETE FROM cdr_open o
    WHERE o.member = $1 AND o.answered < now() - $3 * interval '1 second'
    RETURNING o.*
)
INSERT INTO cdr_records (
    member, id, end_place, worker, call, identity, received, progress_us, setup_us,
    answered, ended, duration_us,
    originator_id, originator, destination_id, destination,
    plan_id, plan, rule_id, rule, image_version, trunk_id, trunk, source_ip,
    source_port, ingress, egress_ip, egress_port, egress, outcome, status, cause,
    release, ending, end_status, end_cause,
    call_id, from_tag, to_tag, caller, callee, p_asserted, attempts)
SELECT
    member, id, $2, worker, call, identity, received, progress_us, setup_us,
    answered, ended, duration_us,
    originator_id, originator, destination_id, destination,
    plan_id, plan, rule_id, rule, image_version, trunk_id, trunk, source_ip,
    source_port, ingress, egress_ip, egress_port, egress, outcome, status, cause,
    'unknown', 'expired', NULL, NULL,
    call_id, from_tag, to_tag, caller, callee, p_asserted, attempts
FROM gone
