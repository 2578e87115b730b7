# shellcheck shell=bash
# The time from the request on the daemon's socket to the kernel's acknowledgement, of 200 quota changes, beside tc.
# Sourced by Scripts/bench.
# shellcheck disable=SC2154

class_set() {
    local i rate round quantile
    lab up
    policies
    start_daemon
    for ((round = 1; round <= rounds; round++)); do
        ask --count 40 \
            '{"v":1,"op":"class-set","class":"bulk","slice":"perp","ceiling":"20mbit"}' \
            '{"v":1,"op":"class-set","class":"bulk","slice":"perp","ceiling":"30mbit"}' >"$work/report"
        for quantile in p50 p99; do number "$work/report" "${quantile}_us" >>"$work/$quantile"; done
        for ((i = 0; i < 40; i++)); do
            rate=$((20 + i % 2 * 10))mbit
            timed "$work/tc" on ny tc class change dev u0 parent 5348:1 classid 5348:3 htb rate 4mbit ceil $rate
        done
    done
    row class_set_p50 "$(median <"$work/p50")" "$(calculate "$(median <"$work/tc") * 1000")" "tc class change, its start included" us 200
    row class_set_p99 "$(median <"$work/p99")" "$(sort -g "$work/tc" | awk 'NR == 198 { print $1 * 1000 }')" \
        "tc class change, its start included" us 200
}
