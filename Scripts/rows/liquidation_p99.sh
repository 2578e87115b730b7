# shellcheck shell=bash
# The delay that an overfilled link adds to a liquidation, in full packets' time on the link (1,550 bytes at 200 Mbit:
# 62 us), beside the kernel's VXLAN, HTB and u32 written by hand. Sourced by Scripts/bench.
# shellcheck disable=SC2154

liquidation_p99() {
    local round carrier
    lab up
    policies
    serve_bulk
    for ((round = 1; round <= rounds; round++)); do
        say "an overfilled link, round $round of $rounds ..."
        for carrier in peer ours; do
            if [[ $carrier == peer ]]; then lab baseline up && lab baseline shape 190 u32; else shaper_up; fi
            acquaint
            liquidations "$work/idle" 1500
            liquidation_p99_overload
            calculate "($(number "$work/report" p99_us) - $(number "$work/idle" p99_us)) / 62" >>"$work/$carrier"
            echo >>"$work/$carrier"
            if [[ $carrier == peer ]]; then lab baseline down; else shaper_down; fi
        done
    done
    row liquidation_p99 "$(median <"$work/ours")" "$(median <"$work/peer")" "VXLAN + HTB + u32" "full packets" "$rounds"
}

liquidation_p99_overload() {
    local bulk
    on ny-a iperf3 -c 10.0.0.2 -P 4 -C cubic -t 4 >"$work/iperf3" &
    bulk=$!
    sleep 1
    liquidations "$work/report" 2000
    wait "$bulk"
}
