# shellcheck shell=bash
# The demo's third act: a storm is played to the node's market feed while traffic flows. Sourced, never run.
# shellcheck disable=SC2154

# A minute of the market is a third of a second. Prices say the market's time, so the estimator, the thresholds and the
# looks are the defaults; what the policy measures by the node's own clock is divided by this.
readonly storm_speed=180 storm_seconds=40

# storm_policy: the market's part of ny's policy.
storm_policy() {
    cat <<END
volatility:
  feeds:
    - {name: btc, format: ndjson, socket: $work/prices}
  dwell: 5s          # 15m, $storm_speed times faster
  release: 600%      # 5% a minute, as fast as it goes: the whole link in one step of 10 s
  regimes:
    storm:
      classes: {market-data: {guarantee: 40%}}
      slices: {perp: {classes: {bulk: {ceiling: 10%}}}}
    extreme:
      classes: {market-data: {guarantee: 43%}}
      slices: {perp: {classes: {bulk: {ceiling: 5%}}}}
END
}

# storm [BARS]: plays it, shows what is decided, and sums up. ny has no daemon.
storm() {
    local bars=${1:-} source="synthetic, seed 1" replayer pids=() count=$(((storm_seconds + 3) * 1000)) pid
    [[ -z $bars ]] || source=$(basename "$bars")
    say "A storm ($source): two hours of a market in $storm_seconds s, while traffic flows ..."
    storm_policy >>"$work/ny.yaml"
    start_daemon
    until [[ -S $work/prices ]]; do sleep 0.02; done

    exec_on ldn-a "$probe" receive --listen 10.0.0.2:7400 --expect 1000000 --timeout 60 >"$work/market-data" &
    pids+=($!)
    exec_on ny-a "$probe" flood --to 10.0.0.2:7400 --rate-mbit 50 --size 1200 --seconds 120 >"$work/flood" &
    pids+=($!)
    exec_on ny-a iperf3 -c 10.0.0.2 -P 4 -C cubic -t 120 >"$work/bulk-storm" 2>&1 &
    pids+=($!)
    sleep 1.5
    liquidations "$work/storm-liquidations" "$count" --trace "$work/storm-trace" &
    pids+=($!)
    sleep 0.5
    # In a namespace of the lab, so that it ends with the lab.
    exec_on ny "$probe" replay --socket "$work/prices" --speed "$storm_speed" --minutes $((storm_speed * storm_seconds / 60)) \
        ${bars:+--bars "$bars"} &
    replayer=$!
    printf '\nA storm, %s, %s times faster than the market; times are of this machine.\n' "$source" "$storm_speed"
    : >"$work/counters"
    while kill -0 "$replayer" 2>/dev/null; do
        count_queues >>"$work/counters"
        show_decisions
        sleep 0.4
    done
    wait "$replayer" || die "the replay failed"
    count_queues >>"$work/counters"
    show_decisions
    for pid in "${pids[@]:0:3}"; do kill "$pid" 2>/dev/null || true; done
    wait "${pids[@]}" 2>/dev/null || true
    stop_daemon

    echo
    "$probe" storm --source "$source" --decisions "$work/decisions" --liquidations "$work/storm-trace" \
        --counters "$work/counters" --json "$work/storm.json"
}

# What has left the queues of bulk and market data so far, and when.
count_queues() {
    local time=$EPOCHREALTIME
    metrics ny | awk -v time="$time" '
        /^shaper_queue_sent_bytes_total.*slice="perp"/ && /class="bulk"/ { bulk = $NF }
        /^shaper_queue_sent_bytes_total.*slice="perp"/ && /class="market-data"/ { data = $NF }
        END { printf "%s %.0f %.0f\n", time, bulk, data }'
}

# The decisions that have not been shown yet.
shown=0
show_decisions() {
    local lines
    "$shaperctl" market log --node "${LAB_PREFIX}ny" --last 1000 --json >"$work/decisions"
    mapfile -t lines < <("$probe" decisions "$work/decisions")
    ((${#lines[@]} == shown)) || printf '  %s\n' "${lines[@]:shown}"
    shown=${#lines[@]}
}
