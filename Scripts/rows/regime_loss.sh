# shellcheck shell=bash
# Packets of flows inside their guarantees that are lost while regimes change up and down, on an overfilled link: those
# of liquidations, market data and orders, of which the last two are queued. Sourced by Scripts/bench.
# shellcheck disable=SC2154

regime_loss() {
    local cycles=${BENCH_CYCLES:-20} kind port bulk sent lost count senders=() receivers=()
    local -A ports=([liquidations]=7001 [market_data]=7400 [orders]=9000)
    lab up
    policies
    sed -i 's/^metrics:/  - {class: orders, protocol: udp, port: 9000}\n&/' "$work/ny.yaml"
    market_quota_feed >>"$work/ny.yaml"
    # Guarantees move too, and never below what is sent.
    market_quota_regimes \
        'classes: {market-data: {guarantee: FIGURE}}, slices: {perp: {classes: {bulk: {ceiling: FIGURE}}}}' 30% 35% 40% \
        >>"$work/ny.yaml"
    quietly ldn apply "$work/ldn.yaml"
    market_quota_start
    serve_bulk
    acquaint
    on ny-a iperf3 -c 10.0.0.2 -P 4 -C cubic -t 600 >"$work/iperf3" 2>&1 &
    bulk=$!
    for kind in "${!ports[@]}"; do
        port=${ports[$kind]}
        exec_on ldn-a "$probe" receive --listen "10.0.0.2:$port" --expect 10000000 --timeout 3 --json >"$work/$kind" &
        receivers+=($!)
    done
    sleep 1
    for kind in "${!ports[@]}"; do
        # 5 Mbit of 500 bytes: 1,250 a second.
        exec_on ny-a "$probe" flood --to "10.0.0.2:${ports[$kind]}" --rate-mbit 5 --size 500 --seconds 600 --json \
            >"$work/$kind-sent" &
        senders+=($!)
    done
    market_quota_cycles "$cycles"
    kill "${senders[@]}"
    wait "${senders[@]}"
    kill "$bulk" 2>/dev/null || true
    wait "${receivers[@]}"
    wait "$bulk" 2>/dev/null || true
    count=$(market_quota_times 1000 | wc -l)
    for kind in "${!ports[@]}"; do
        sent=$(number "$work/$kind-sent" sent)
        lost=$((sent - $(number "$work/$kind" received)))
        row "regime_loss_$kind" "$lost" - "none lost, $count changes" "of $sent packets" 1
    done
    ((count >= 50)) || die "only $count changes of quotas"
}
