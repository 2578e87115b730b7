# shellcheck shell=bash
# What the daemon costs while nothing happens: half a minute of a feed that brings 50 prices a second. Sourced by
# Scripts/bench.
# shellcheck disable=SC2154

market_idle() {
    local before spent i
    lab up
    policies
    printf 'volatility: {feeds: [{name: btc, stdin: true}]}\n' >>"$work/ny.yaml"
    market_quota_start
    before=$(market_idle_ticks)
    for ((i = 0; i < 1500; i++)); do
        printf '{"price": %d}\n' $((30000 + i % 2)) >&"$prices"
        sleep 0.02
    done
    spent=$(($(market_idle_ticks) - before))
    row market_idle_cpu "$(calculate "$spent / $(getconf CLK_TCK) / 30 * 100")" 1 "target" "% of a core" 1
    row market_idle_memory "$(awk '/^VmRSS/ { print $2 }' "/proc/$daemon/status")" $((64 * 1024)) \
        "target" KiB 1
    stop_daemon
}

# Ticks of user and kernel time so far.
market_idle_ticks() { awk '{ print $14 + $15 }' "/proc/$daemon/stat"; }
