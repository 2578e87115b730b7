# shellcheck shell=bash
# From a price message to the kernel's acknowledgement of the quotas it changes, maps and HTB: of one class in one slice,
# and of every queued class of 512 slices. Sourced by Scripts/bench.
# shellcheck disable=SC2154

market_quota() {
    local cycles=${BENCH_CYCLES:-70} leaves=$((512 * 7))
    lab up
    policies
    market_quota_feed >>"$work/ny.yaml"
    market_quota_regimes 'slices: {perp: {classes: {bulk: {ceiling: FIGURE}}}}' 50% 20% 10% >>"$work/ny.yaml"
    market_quota_start
    market_quota_cycles "$cycles"
    market_quota_times 1000 >"$work/one"
    stop_daemon
    quietly ny unload --node "${LAB_PREFIX}ny"
    row market_quota_p50 "$(median <"$work/one")" - "(one class of one slice)" us "$(wc -l <"$work/one")"
    row market_quota_p99 "$(market_quota_p99 "$work/one")" 1000 "target" us "$(wc -l <"$work/one")"

    # All ceilings of queued classes: seven in each of 512 slices.
    market_quota_large >"$work/ny.yaml"
    market_quota_start
    market_quota_cycles "$rounds"
    market_quota_times 1000 | awk '{ print $1 / 1000 }' >"$work/all"
    stop_daemon
    row market_quota_all "$(median <"$work/all")" - "($leaves leaves)" ms "$(wc -l <"$work/all")"
    row market_quota_20000 "$(calculate "$(median <"$work/all") / $leaves * 20000")" 50 "target, in proportion" ms \
        "$(wc -l <"$work/all")"
}

# A market that is as bad as its last price says at once, and as calm an hour later: each regime is one look away.
market_quota_feed() {
    cat <<'END'
volatility:
  feeds: [{name: btc, stdin: true}]
  leave: 100%
  dwell: 0s
  release: 600%
  regimes:
END
}

# market_quota_regimes QUOTAS ELEVATED STORM EXTREME: what each regime changes; FIGURE in QUOTAS is the regime's.
market_quota_regimes() {
    local quotas=$1 regime
    for regime in elevated storm extreme; do
        shift
        echo "    $regime: {overBaseline: 0, looks: 1, rate: none, ${quotas//FIGURE/$1}}"
    done
}

# A node of 512 slices with quotas, whose classes are seven and an express one.
market_quota_large() {
    local i
    lab policy ny --rate 100gbit | sed '/^classes:/,$d'
    cat <<'END'
classes:
  - {name: liquidation, lane: express, ceiling: 10%}
END
    for ((i = 1; i <= 7; i++)); do
        echo "  - {name: class-$i, guarantee: 5%, ceiling: 100%$( ((i < 7)) || echo ', default: true')}"
    done
    echo "slices:"
    for ((i = 1; i <= 512; i++)); do
        echo "  - {name: tenant-$i, vni: $i, guarantee: 100mbit, ceiling: 100%, ports: [{interface: p1, vlan: $i}]}"
    done
    echo "peers:"
    echo "  - {name: ldn, address: 192.0.2.2, slices: [$(seq -s ', ' -f 'tenant-%.0f' 512)]}"
    market_quota_feed
    market_quota_regimes "classes: {$(seq -s ', ' -f 'class-%.0f: {ceiling: FIGURE}' 7)}" 50% 20% 10%
}

# Starts the daemon on ny with $work/ny.yaml; prices go to the descriptor in $prices.
market_quota_start() {
    rm -f "$work/prices" "$work/run.log" "/run/shaper/${LAB_PREFIX}ny."{market,decisions}*
    mkfifo "$work/prices"
    exec_on ny "$shaperctl" run "$work/ny.yaml" <"$work/prices" >"$work/run.log" 2>&1 &
    daemon=$!
    [[ -z ${prices:-} ]] || exec {prices}>&-
    exec {prices}>"$work/prices"
    until grep -q 'is ready' "$work/run.log" 2>/dev/null; do
        kill -0 "$daemon" 2>/dev/null || die "shaperctl run: $(cat "$work/run.log")"
        sleep 0.02
    done
    # The market's clock: two thousand days behind, an hour a step.
    market_time=$((EPOCHSECONDS - 2000 * 86400))
    market_price 30000
}

# market_price PRICE: now, by the market's clock.
market_price() { printf '{"time": %d, "price": %s}\n' "$market_time" "$1" >&"$prices"; }

# market_quota_cycles COUNT: as often to extreme in three changes, and back to calm. A release waits for ten seconds, and
# a worse regime begins from wherever it is: three changes of quotas in three seconds.
market_quota_cycles() {
    local i price
    for ((i = 1; i <= $1; i++)); do
        ((i % 10)) || say "$i of $1 storms ..."
        # There is a look in the first half of each second; each leaves one regime.
        for _ in 1 2; do
            market_quota_await 900000
            market_time=$((market_time + 3600))
            market_price 30000
        done
        market_quota_await 900000
        market_quota_await 600000
        for price in 30180 30300 31500; do
            market_price $price
            sleep 0.08
        done
    done
}

# market_quota_await MICROSECONDS: until so much of a second is over.
market_quota_await() {
    local part=$((10#${EPOCHREALTIME#*[.,]}))
    sleep "$(calculate "(($1 - $part + 1000000) % 1000000) / 1000000")"
}

# market_quota_times COUNT: us of each of the last changes. The way back from the first daemon's quotas is none.
market_quota_times() {
    on_node ny market log --node "${LAB_PREFIX}ny" --last "$1" --json | tr ',' '\n' |
        sed -n 's/.*"microseconds" *: *\([0-9]*\).*/\1/p'
}

market_quota_p99() { sort -g "$1" | awk '{ v[NR] = $1 } END { print v[int(NR * 0.99 + 0.999999)] }'; }
