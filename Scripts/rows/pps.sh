# shellcheck shell=bash
# Packets per second through one node on one core: 60-byte UDP frames put into the port, counted and dropped at the far
# end of the wire. Beside the kernel's bridge, VXLAN and HTB, with one u32 filter or one nftables rule, and beside
# XDP_REDIRECT, which does nothing at all to a frame, or only puts 50 constant bytes before it. Express by XDP has a
# lab of its own: a link on which nothing is demoted. Sourced by Scripts/bench.
# shellcheck disable=SC2154

pps() {
    local round carrier
    lab up --no-bottleneck
    policies --rate 10gbit
    for ((round = 1; round <= rounds; round++)); do
        say "packets per second, round $round of $rounds ..."
        for carrier in u32 nft ours redirect headers; do
            case $carrier in
            u32 | nft) lab baseline up && lab baseline shape 9500 "$carrier" ;;
            ours) shaper_up ;;
            esac
            case $carrier in
            redirect) pps_measure redirect --redirect u0 ;;
            headers) pps_measure headers --redirect u0 --headers ;;
            *) acquaint && pps_measure "$carrier" ;;
            esac
            case $carrier in
            u32 | nft) lab baseline down ;;
            ours) shaper_down ;;
            esac
        done
    done
    pps_express
    row pps_queue "$(median <"$work/ours")" "$(median <"$work/u32")" "bridge + VXLAN + HTB + u32" packets/s "$rounds"
    row pps_queue_nft "$(median <"$work/ours")" "$(median <"$work/nft")" "bridge + VXLAN + HTB + nftables" packets/s "$rounds"
    row pps_redirect "$(median <"$work/ours")" "$(median <"$work/redirect")" "bare XDP_REDIRECT" packets/s "$rounds"
    row pps_express "$(median <"$work/express")" "$(median <"$work/u32")" "bridge + VXLAN + HTB + u32" packets/s "$rounds"
    row pps_express_headers "$(median <"$work/express")" "$(median <"$work/headers")" "XDP_REDIRECT with constant headers" packets/s "$rounds"
    row pps_express_redirect "$(median <"$work/express")" "$(median <"$work/redirect")" "bare XDP_REDIRECT" packets/s "$rounds"
}

pps_express() {
    local round
    # A twentieth of it is express: more packets than any core can make.
    policies --rate 400gbit
    sed -i 's/ports: \[p1\]/ports: [{interface: p1, xdp: native}]/' "$work/ny.yaml"
    on ny-a ethtool -K eth0 tx off txvlan off >/dev/null
    # A veth takes redirected frames while its far end has NAPI.
    on wire ethtool -K ny gro on
    shaper_up
    acquaint
    for ((round = 1; round <= rounds; round++)); do
        say "packets per second by XDP, round $round of $rounds ..."
        # Without a daemon next hops are renewed by every apply.
        quietly ny apply "$work/ny.yaml"
        pps_measure express --program "$(echo /sys/fs/bpf/shaper/v*/"${LAB_PREFIX}ny"/programs/port_express)" \
            --to 10.0.0.2:7001
    done
    shaper_down
}

# pps_measure FILE [OPTION...]: adds a figure to the file. Port 9 is nobody's: the default class.
pps_measure() {
    local sink
    exec_on wire "$probe" sink --interface ny --after 0.5 --seconds 1 >"$work/sink" &
    sink=$!
    on ny taskset -c 1 "$probe" blast --interface p1 --from 10.0.0.1:4000 --to 10.0.0.2:9 \
        --from-mac 02:00:00:00:01:01 --to-mac 02:00:00:00:02:01 --seconds 2 "${@:2}" >"$work/blast"
    kill "$sink"
    wait "$sink" 2>/dev/null || true
    sed -n 's/^packets_per_second //p' "$work/sink" >>"$work/$1"
}
