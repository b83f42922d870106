# Owns the plans of scenarios: one text, with trunks and slots as the scenario wants them.
# shellcheck shell=bash disable=SC2034

# Where a trunk's gateway is, when not at its peer's own address.
declare -A PLAN_GATEWAY=()

# plan FILE POLICY SLOT...: a plan for the numbers of Italy (39), which has those slots. A slot is a trunk,
# or `NAME:WEIGHT,NAME:WEIGHT,...` drawn by weight. POLICY is lines
# of TOML for the failover policy, or empty. Spain (34) is a
# destination without a rule, and no other number has a destination.
plan() {
    local file=$1 policy=$2 slot name entry
    shift 2
    {
        cat <<EOF
version = 1

[[destination]]
name = "Italy"
prefixes = ["39"]

[[destination]]
name = "Spain"
prefixes = ["34"]

[[originator]]
name = "orig"
addresses = ["$(net_ip orig)/32"]
plan = "by weight"
EOF
        for name in "${NET_NAMES[@]}"; do
            [ "$name" != orig ] || continue
            printf '\n[[trunk]]\nname = "%s"\ngateways = ["%s"]\n' \
                "$name" "${PLAN_GATEWAY[$name]:-$(net_ip "$name")}"
        done
        printf '\n[[plan]]\nname = "by weight"\ntechnique = "percent"\n\n[plan.failover]\n%s\n' "$policy"
        printf '\n[[plan.rule]]\nname = "italy"\ndestinations = ["Italy"]\n'
        for slot in "$@"; do
            printf '\n[[plan.rule.slot]]\ntrunks = ['
            [[ $slot == *:* ]] || slot=$slot:100
            for entry in ${slot//,/ }; do
                printf '{ trunk = "%s", weight = %s }, ' "${entry%:*}" "${entry#*:}"
            done
            printf ']\n'
        done
    } >"$file"
}
