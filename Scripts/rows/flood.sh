# shellcheck shell=bash
# A liquidation's p99 while its own tenant, or another one, sends small packets as fast as it can, beside the kernel's
# VXLAN, HTB and u32 written by hand, and over the idle link. Sourced by Scripts/bench.
# shellcheck disable=SC2154

flood() {
    local round carrier who
    lab up
    policies
    for ((round = 1; round <= rounds; round++)); do
        say "floods of small packets, round $round of $rounds ..."
        for carrier in peer ours; do
            if [[ $carrier == peer ]]; then lab baseline up && lab baseline shape 190 u32; else shaper_up; fi
            acquaint
            liquidations "$work/report" 1500
            number "$work/report" p99_us >>"$work/$carrier-idle"
            for who in own:a other:b; do flood_measure "${who#*:}" "$work/$carrier-${who%:*}"; done
            if [[ $carrier == peer ]]; then lab baseline down; else shaper_down; fi
        done
    done
    for who in own other; do
        row "flood_$who" "$(median <"$work/ours-$who")" "$(median <"$work/peer-$who")" "VXLAN + HTB + u32" us "$rounds"
        row "flood_${who}_over_idle" "$(median <"$work/ours-$who")" "$(median <"$work/ours-idle")" "the same, idle" us "$rounds"
        row "flood_${who}_lost" "$(awk '{ n += $1 } END { print n }' "$work/ours-$who-lost")" \
            "$(awk '{ n += $1 } END { print n }' "$work/peer-$who-lost")" "VXLAN + HTB + u32" packets "$rounds"
    done
}

# flood_measure TENANT FILE: while the tenant of ny sends 64-byte packets. Adds a p99 to the file, and the losses of 2,000
# liquidations to FILE-lost.
flood_measure() {
    local flood
    on "ny-$1" "$probe" flood --to 10.0.0.2:5000 --seconds 3.2 --size 36 >"$work/flood" 2>&1 &
    flood=$!
    sleep 0.5
    liquidations "$work/report" 2000
    wait "$flood"
    number "$work/report" p99_us >>"$2"
    number "$work/report" lost >>"$2-lost"
}
