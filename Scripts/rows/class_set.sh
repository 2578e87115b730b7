# shellcheck shell=bash
# The time from the request on the daemon's socket to the kernel's acknowledgement, of 1,000 quota changes, beside tc.
# Sourced by Scripts/bench.
# shellcheck disable=SC2154

class_set() {
    local count=1000 tries=200 peer="tc class change, its start included" i
    lab up
    policies
    start_daemon
    ask --count $count \
        '{"v":1,"op":"class-set","class":"bulk","slice":"perp","ceiling":"20mbit"}' \
        '{"v":1,"op":"class-set","class":"bulk","slice":"perp","ceiling":"30mbit"}' >"$work/report"
    # Nobody puts right what is changed by hand meanwhile.
    stop_daemon
    for ((i = 0; i < tries; i++)); do
        timed "$work/tc" on ny tc class change dev u0 parent 5348:1 classid 5348:3 htb rate 4mbit ceil $((20 + i % 2))mbit
    done
    row class_set_p50 "$(number "$work/report" p50_us)" "$(calculate "$(median <"$work/tc") * 1000")" "$peer" us $count
    row class_set_p99 "$(number "$work/report" p99_us)" \
        "$(sort -g "$work/tc" | awk -v n=$((tries * 99 / 100)) 'NR == n { print $1 * 1000 }')" "$peer" us $count
}
