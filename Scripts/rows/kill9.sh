# shellcheck shell=bash
# Packets lost while the controller is killed and started again 20 times under load. Sourced by Scripts/bench.
# shellcheck disable=SC2154

kill9() {
    local count=200000 rate=8000 kills=20 i sender
    lab up
    policies
    shaper_up
    listen ldn-a "$work/kill9" 10.0.0.2 $count
    on ny-a "$probe" send --to 10.0.0.2:7001 --rate $rate --count $count >"$work/sent" &
    sender=$!
    for ((i = 1; i <= kills; i++)); do
        start_daemon
        sleep 0.7
        kill -9 "$daemon"
        wait "$daemon" 2>/dev/null || true
        rm "$work/run.log"
        sleep 0.1
    done
    daemon=
    wait "$sender" "$receiver"
    row kill9_lost "$(number "$work/kill9" lost)" - "none lost" "of $count packets" 1
}
