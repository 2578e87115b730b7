# shellcheck shell=bash
# 30 Mbit of express traffic by XDP, which no queue sees, on an overfilled link: the delay of a liquidation while the
# queues give way to it (the daemon sees to that) and while they do not, over the idle link, in full packets' time (1,550
# bytes at 200 Mbit: 62 us). Sourced by Scripts/bench.
# shellcheck disable=SC2154

express_xdp() {
    local round way
    lab up
    policies
    sed -i -e 's/vni: 4201, guarantee: 50%/vni: 4201, guarantee: 40%, classes: {liquidation: {ceiling: 36mbit}}/' \
        -e 's/ports: \[p1\]/ports: [{interface: p1, xdp: native}]/' "$work/ny.yaml"
    on ny-a ethtool -K eth0 tx off txvlan off >/dev/null
    # A redirected frame arrives where there is NAPI at the far end.
    on wire ethtool -K ny gro on
    serve_bulk
    for ((round = 1; round <= rounds; round++)); do
        for way in as_ever giving_way; do
            say "express by XDP, queues ${way/_/ }, round $round of $rounds ..."
            shaper_up
            acquaint
            [[ $way == as_ever ]] || start_daemon
            express_xdp_measure "$way"
            stop_daemon
            shaper_down
        done
    done
    row express_xdp "$(median <"$work/giving_way")" "$(median <"$work/as_ever")" "queues that do not give way" "full packets" "$rounds"
    row express_xdp_lost "$(awk '{ n += $1 } END { print n }' "$work/giving_way-lost")" - "none" packets "$rounds"
}

# express_xdp_measure FILE: adds a figure to the file, and to FILE-lost. Without a daemon the next hop is good for 10 s.
express_xdp_measure() {
    local bulk flood
    liquidations "$work/idle" 1000
    on ny-a iperf3 -c 10.0.0.2 -P 4 -C cubic -t 6 >"$work/iperf3" &
    bulk=$!
    sleep 1
    quietly ny apply "$work/ny.yaml"
    on ny-a "$probe" flood --to 10.0.0.2:7001 --seconds 4 --rate-mbit 26 --size 750 >"$work/flood" &
    flood=$!
    sleep 0.3
    liquidations "$work/express" 2400
    wait "$flood" "$bulk"
    calculate "($(number "$work/express" p99_us) - $(number "$work/idle" p99_us)) / 62" >>"$work/$1"
    echo >>"$work/$1"
    number "$work/express" lost >>"$work/$1-lost"
}
