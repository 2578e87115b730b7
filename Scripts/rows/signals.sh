# shellcheck shell=bash
# Signals accepted a second, and the time from a signal to its answer, which is sent when the kernel has it: alone, and
# beside 50,000 others a second, of 10,000 flows. Sourced by Scripts/bench.
# shellcheck disable=SC2154

signals() {
    local count=500000 asked=5000 socket=/run/shaper/${LAB_PREFIX}ny.signals before others
    lab up
    policies
    echo 'signals: {longest: 60s}' >>"$work/ny.yaml"
    start_daemon
    until [[ -S $socket ]]; do sleep 0.02; done
    # In the node's namespace: answers go to names that belong to one.
    flood() { on ny "$probe" signals --socket "$socket" --slice perp --flows 10000 "$@"; }
    # bash speaks enough HTTP, and a fresh machine may have no curl.
    # shellcheck disable=SC2016
    accepted() {
        on ny bash -c 'exec 3<>/dev/tcp/127.0.0.1/9464
            printf "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" >&3; cat <&3' |
            tr -d '\r' | sed -n 's/^shaper_signals_accepted_total //p'
    }
    before=$(accepted)
    flood --count $count >"$work/flood"
    sleep 1.5
    (($(accepted) - ${before:-0} == count)) || die "$(accepted) of $count signals were accepted"
    row signals_per_second "$(number "$work/flood" per_second)" - "(at least 50000)" /s $count
    flood --answers --count $asked >"$work/alone"
    row signal_p50 "$(number "$work/alone" p50_us)" - "(alone)" us $asked
    row signal_p99 "$(number "$work/alone" p99_us)" - "(alone)" us $asked
    flood --count 750000 --rate 50000 >"$work/others" &
    others=$!
    sleep 1
    flood --answers --count $asked --first-port 20000 --flows 100 >"$work/beside"
    kill $others 2>/dev/null || true
    wait $others 2>/dev/null || true
    row signal_loaded_p50 "$(number "$work/beside" p50_us)" - "(beside 50,000/s)" us $asked
    row signal_loaded_p99 "$(number "$work/beside" p99_us)" - "(at most 1000)" us $asked
}
