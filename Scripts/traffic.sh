# shellcheck shell=bash
# Traffic in the lab, for the scripts that measure. They set root, shaperctl, probe and work. Sourced, never run.
# shellcheck disable=SC2154

# Its own namespaces, so that a lab that is up is left alone.
export LAB_PREFIX=${LAB_PREFIX:-try-}
lab() { "$root/Scripts/lab" "$@"; }
on() { lab exec "$@"; }
# Runs shaperctl on a node: on_node NODE ARGUMENT...
on_node() { on "$1" "$shaperctl" "${@:2}"; }
# The same, silent unless it fails.
quietly() { on_node "$@" >"$work/log" 2>&1 || die "shaperctl ${*:2}: $(cat "$work/log")"; }
# listen HOST FILE ADDRESS COUNT: starts a receiver, its report goes to FILE; returns when its port is open.
listen() {
    on "$1" "$probe" receive --listen "$3:7001" --expect "$4" --timeout 1 --json >"$2" &
    receiver=$!
    until [[ -n $(on "$1" ss -Huln 'sport = :7001') ]]; do
        kill -0 "$receiver" 2>/dev/null || die "the receiver did not start"
        sleep 0.02
    done
}

# liquidations FILE COUNT: from ny to ldn, in slice perp.
liquidations() {
    listen ldn-a "$1" 10.0.0.2 "$2"
    on ny-a "$probe" send --to 10.0.0.2:7001 --rate 1000 --count "$2" >"$work/sent"
    wait "$receiver"
}
