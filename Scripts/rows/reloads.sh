# shellcheck shell=bash
# 1,000 reloads at 100,000 packets a second: packets lost, and packets that left with one policy's DSCP in the other
# policy's class. Sourced by Scripts/bench.
# shellcheck disable=SC2154

reloads() {
    local count=1000 i sender sent pairs
    lab up --no-bottleneck
    policies --rate 10gbit
    # The same flow is an order with one policy and a settlement with the other: another class, and another DSCP.
    sed 's/port: 7400-7409/&}\n  - {class: orders, protocol: udp, port: 7100/' "$work/ny.yaml" >"$work/orders"
    sed 's/{class: orders, protocol: udp/{class: settlement, protocol: udp/' "$work/orders" >"$work/settlement"
    cp "$work/orders" "$work/ny.yaml"
    quietly ldn apply "$work/ldn.yaml"
    start_daemon
    acquaint
    mkfifo "$work/until"
    exec_on ny "$probe" pairs --interface u0 <"$work/until" >"$work/pairs" &
    pairs=$!
    exec {until}>"$work/until"
    exec_on ldn-a "$probe" receive --listen 10.0.0.2:7100 --expect 40000000 --timeout 2 --json >"$work/received" &
    receiver=$!
    sleep 1
    # 26 Mbit of 32 bytes: 101,562 a second.
    exec_on ny-a "$probe" flood --to 10.0.0.2:7100 --rate-mbit 26 --size 32 --seconds 900 --json >"$work/sent" &
    sender=$!
    for ((i = 1; i <= count; i++)); do
        if ((i % 2)); then cp "$work/settlement" "$work/ny.yaml"; else cp "$work/orders" "$work/ny.yaml"; fi
        ask '{"v":1,"op":"reload"}' >"$work/report"
        ((i % 100)) || say "$i of $count reloads ..."
    done
    kill "$sender"
    wait "$sender" "$receiver"
    exec {until}>&-
    wait "$pairs"
    sent=$(number "$work/sent" sent)
    row reloads_lost "$((sent - $(number "$work/received" received)))" - "none lost" "of $sent packets" $count
    row reloads_mixed "$(reloads_mixed)" - "none mixed" "of $sent packets" $count
}

# Packets of the flow's classes or TOS (CS4, AF41) that have not both of one policy: all but the two largest pairs.
reloads_mixed() {
    sort -k3nr "$work/pairs" | awk '
        $3 > 0 && n < 2 { n++; class[n] = $1; tos[n] = $2; next }
        $1 == class[1] || $1 == class[2] || $2 == tos[1] || $2 == tos[2] { mixed += $3 }
        END {
            good = n == 2 && class[1] != class[2] && tos[1] + tos[2] == 128 + 136
            if (!good) { print "the two policies were not seen" >"/dev/stderr"; exit 1 }
            print mixed + 0
        }'
}
