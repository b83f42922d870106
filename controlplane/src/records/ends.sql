-- Ends of calls that stand: their rows move to the complete ones. Answers with the calls that did.
WITH gone AS (
    DELETE FROM cdr_open o
    USING unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::integer[],
                 $7::text[], $8::integer[], $9::boolean[])
          AS e(of_call, of_place, at, told, of_status, of_release, of_cause, orphan)
    WHERE o.member = $1 AND o.call = e.of_call
    RETURNING o.*, e.*
), moved AS (
INSERT INTO cdr_records (
    member, id, end_place, worker, call, identity, received, progress_us, setup_us,
    answered, ended, duration_us,
    originator_id, originator, destination_id, destination,
    plan_id, plan, rule_id, rule, image_version, trunk_id, trunk, source_ip,
    source_port, ingress, egress_ip, egress_port, egress, outcome, status, cause,
    release, ending, end_status, end_cause,
    call_id, from_tag, to_tag, caller, callee, p_asserted, attempts)
SELECT
    member, id, of_place, worker, call, identity, received, progress_us, setup_us,
    answered, at, coalesce(told, greatest(0, (extract(epoch FROM at - answered) * 1000000)::bigint)),
    originator_id, originator, destination_id, destination,
    plan_id, plan, rule_id, rule, image_version, trunk_id, trunk, source_ip,
    source_port, ingress, egress_ip, egress_port, egress, outcome, status, cause,
    of_release, CASE WHEN orphan THEN 'orphan' ELSE 'end' END, of_status, of_cause,
    call_id, from_tag, to_tag, caller, callee, p_asserted, attempts
FROM gone
)
SELECT of_call FROM gone
