# shellcheck shell=bash
# Bulk TCP without any bottleneck, one stream and four, beside the kernel's VXLAN and bridge. Sourced by Scripts/bench.
# shellcheck disable=SC2154

bulk_tcp() {
    local round streams carrier
    lab up --no-bottleneck
    policies --rate 10gbit
    serve_bulk
    for ((round = 1; round <= rounds; round++)); do
        say "bulk TCP, round $round of $rounds ..."
        for carrier in peer ours; do
            if [[ $carrier == peer ]]; then lab baseline up; else shaper_up; fi
            acquaint
            for streams in 1 4; do bulk_tcp_mbit "$streams" >>"$work/$carrier-$streams"; done
            if [[ $carrier == peer ]]; then lab baseline down; else shaper_down; fi
        done
    done
    for streams in 1 4; do
        row "bulk_tcp_$streams" "$(median <"$work/ours-$streams")" "$(median <"$work/peer-$streams")" \
            "kernel bridge + VXLAN" mbit "$rounds"
    done
}

# bulk_tcp_mbit STREAMS: from ny to ldn.
bulk_tcp_mbit() {
    on ny-a iperf3 -c 10.0.0.2 -P "$1" -C cubic -O 1 -t 3 -f m | awk '/receiver/ { v = $(NF - 2) } END { print v }'
}
