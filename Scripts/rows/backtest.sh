# shellcheck shell=bash
# Fourteen days of one-minute bars through a policy, as a command: wall time. The calm fortnight of recorded bars where
# there are any, and bars of the same number made from a seed otherwise. Sourced by Scripts/bench.
# shellcheck disable=SC2154

backtest() {
    local bars=$SHAPER_DATA/bars/btcusdt_perp_1m_2023-08-01_2023-08-14_calm.csv.gz what="recorded bars" i
    if [[ ! -e $bars ]]; then
        bars=$work/bars.csv
        what="seeded bars"
        seeded_bars >"$bars"
    fi
    volatile_policy >"$work/policy.yaml"
    for ((i = 0; i < rounds; i++)); do
        timed "$work/times" "$shaperctl" backtest --policy "$work/policy.yaml" --bars "$bars" --json >"$work/report"
        timed "$work/plots" "$shaperctl" backtest --policy "$work/policy.yaml" --bars "$bars" \
            --plot "$work/plot.svg" >"$work/report"
    done
    row backtest_14_days "$(median <"$work/times")" 1000 "target, $what" ms "$rounds"
    row backtest_with_plot "$(median <"$work/plots")" - "$what" ms "$rounds"
}

# The example, with a market that moves its quotas.
volatile_policy() {
    cat "$root/Examples/policy.yaml"
    grep -q '^volatility:' "$root/Examples/policy.yaml" && return
    cat <<'END'
volatility:
  feeds:
    - {name: btc, format: ndjson, file: /run/prices.ndjson}
  markets:
    - {name: btc, feeds: [btc]}
  regimes:
    elevated: {slices: {perp: {classes: {bulk: {ceiling: 30%}}}}}
    storm: {classes: {market-data: {guarantee: 40%}}, slices: {perp: {classes: {bulk: {ceiling: 10%}}}}}
    extreme: {slices: {perp: {classes: {liquidation: {ceiling: 15%}}}}}
END
}

# 14 days, one minute each, of a random walk.
seeded_bars() {
    awk 'BEGIN {
        srand(1)
        print "open_time_ms,open,high,low,close,volume"
        price = 30000
        for (i = 0; i < 20160; i++) {
            open = price
            price *= 1 + (rand() - 0.5) / 2000
            high = (open > price ? open : price) + rand() * 5
            low = (open < price ? open : price) - rand() * 5
            printf "%.0f,%.2f,%.2f,%.2f,%.2f,%.3f\n", 1690848000000 + i * 60000, open, high, low, price, rand() * 100
        }
    }'
}
