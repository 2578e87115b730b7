# shellcheck shell=bash
# The delay that 30 Mbit of express traffic and an overfilled link add to a liquidation, in full packets' time on the
# link (1,550 bytes at 200 Mbit: 62 us), and the losses. Sourced by Scripts/bench.
# shellcheck disable=SC2154

express_30mbit() {
    local round node bulk flood idle express
    lab up
    policies
    # A larger bucket for perp alone; the guarantees make room for it.
    for node in ny ldn; do
        sed -i -e 's/vni: 4201, guarantee: 50%/vni: 4201, guarantee: 40%, classes: {liquidation: {ceiling: 36mbit}}/' \
            "$work/$node.yaml"
    done
    shaper_up
    serve_bulk
    for ((round = 1; round <= rounds; round++)); do
        say "30 Mbit of express traffic, round $round of $rounds ..."
        liquidations "$work/idle.$round" 2400
        on ny-a iperf3 -c 10.0.0.2 -P 4 -C cubic -t 6 >"$work/iperf3" &
        bulk=$!
        sleep 1
        # 29.4 Mbit of payload and headers beside the 0.9 Mbit that are measured.
        on ny-a "$probe" flood --to 10.0.0.2:7001 --seconds 4 --rate-mbit 26 --size 750 >"$work/flood" &
        flood=$!
        sleep 0.3
        liquidations "$work/express.$round" 2400
        wait "$flood" "$bulk"
        number "$work/idle.$round" p99_us >>"$work/idle"
        number "$work/express.$round" p99_us >>"$work/express"
        number "$work/express.$round" lost >>"$work/lost"
    done
    idle=$(median <"$work/idle") express=$(median <"$work/express")
    row express_30mbit_p99 "$express" "$idle" "the same, idle" us "$rounds"
    row express_30mbit_packets "$(calculate "($express - $idle) / 62")" - "the same, idle" "full packets" "$rounds"
    row express_30mbit_lost "$(awk '{ n += $1 } END { print n }' "$work/lost")" - "none" packets "$rounds"
}
