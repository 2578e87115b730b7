# shellcheck shell=bash
# Packets per second through one node on one core: 60-byte UDP frames put into the port, counted and dropped at the far
# end of the wire. Beside the kernel's bridge, VXLAN and HTB, with one u32 filter or one nftables rule, and beside
# XDP_REDIRECT, which does nothing at all to a frame. Sourced by Scripts/bench.
# shellcheck disable=SC2154

pps() {
    local round carrier
    lab up --no-bottleneck
    policies --rate 10gbit
    for ((round = 1; round <= rounds; round++)); do
        say "packets per second, round $round of $rounds ..."
        for carrier in u32 nft ours redirect; do
            case $carrier in
            u32 | nft) lab baseline up && lab baseline shape 9500 "$carrier" ;;
            ours) shaper_up ;;
            esac
            if [[ $carrier == redirect ]]; then
                pps_measure redirect --redirect u0
            else
                acquaint
                pps_measure "$carrier"
            fi
            case $carrier in
            u32 | nft) lab baseline down ;;
            ours) shaper_down ;;
            esac
        done
    done
    row pps_queue "$(median <"$work/ours")" "$(median <"$work/u32")" "bridge + VXLAN + HTB + u32" packets/s "$rounds"
    row pps_queue_nft "$(median <"$work/ours")" "$(median <"$work/nft")" "bridge + VXLAN + HTB + nftables" packets/s "$rounds"
    row pps_redirect "$(median <"$work/ours")" "$(median <"$work/redirect")" "bare XDP_REDIRECT" packets/s "$rounds"
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
