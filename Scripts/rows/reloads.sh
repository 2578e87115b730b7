# shellcheck shell=bash
# 1,000 reloads at 100,000 packets a second: packets lost, and packets that left with one policy's DSCP in the other
# policy's class. Sourced by Scripts/bench.
# shellcheck disable=SC2154

reloads() {
    local count=1000 rate=100000 i sender pairs
    lab up --no-bottleneck
    policies --rate 10gbit
    # The same flow is an order with one policy and a settlement with the other: another class, and another DSCP.
    sed 's/port: 7400-7409/port: 7400-7409}\n  - {class: orders, protocol: udp, port: 7100/' "$work/ny.yaml" >"$work/a"
    sed 's/{class: orders, protocol: udp/{class: settlement, protocol: udp/' "$work/a" >"$work/b"
    cp "$work/a" "$work/ny.yaml"
    quietly ldn apply "$work/ldn.yaml"
    start_daemon
    acquaint
    coproc PAIRS { on ny "$probe" pairs --interface u0; }
    pairs=${PAIRS[1]}
    read -r _ <&"${PAIRS[0]}"
    exec {results}<&"${PAIRS[0]}"
    on ldn-a "$probe" receive --listen 10.0.0.2:7100 --expect 40000000 --timeout 2 --json >"$work/received" &
    receiver=$!
    sleep 1
    on ny-a "$probe" flood --to 10.0.0.2:7100 --rate-mbit $((rate * 32 * 8 / 1000000)) --size 32 --seconds 600 --json >"$work/sent" &
    sender=$!
    for ((i = 1; i <= count; i++)); do
        if ((i % 2)); then cp "$work/b" "$work/ny.yaml"; else cp "$work/a" "$work/ny.yaml"; fi
        ask '{"v":1,"op":"reload"}' >"$work/report"
        ((i % 100)) || say "$i of $count reloads ..."
    done
    kill -INT "$sender"
    wait "$sender" "$receiver" || true
    eval "exec $pairs>&-"
    cat <&"$results" >"$work/pairs"
    cat "$work/pairs" "$work/sent" "$work/received"
}
