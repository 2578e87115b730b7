# shellcheck shell=bash
# Traffic in the lab and nodes that carry it, for the scripts that measure. They set root, shaperctl, probe and work.
# Sourced, never run.
# shellcheck disable=SC2154

# Its own namespaces, so that a lab that is up is left alone.
export LAB_PREFIX=${LAB_PREFIX:-try-}
lab() { "$root/Scripts/lab" "$@"; }
on() { lab exec "$@"; }
# The same, where the process that is started must be the command itself, to be killed.
exec_on() { exec "$root/Scripts/lab" exec "$@"; }
# Runs shaperctl on a node: on_node NODE ARGUMENT...
on_node() { on "$1" "$shaperctl" "${@:2}"; }
# The same, silent unless it fails.
quietly() { on_node "$@" >"$work/log" 2>&1 || die "shaperctl ${*:2}: $(cat "$work/log")"; }

# policies [--rate RATE]: of both nodes, as files.
policies() { for node in ny ldn; do lab policy "$node" "$@" >"$work/$node.yaml"; done; }
shaper_up() { for node in ny ldn; do quietly "$node" apply "$work/$node.yaml"; done; }
shaper_down() { for node in ny ldn; do quietly "$node" unload --node "$LAB_PREFIX$node"; done; }

# Starts shaperctl run on ny, and returns when it is ready.
start_daemon() {
    exec_on ny "$shaperctl" run "$work/ny.yaml" >"$work/run.log" 2>&1 &
    daemon=$!
    until grep -q 'is ready' "$work/run.log" 2>/dev/null; do
        kill -0 "$daemon" 2>/dev/null || die "shaperctl run: $(cat "$work/run.log")"
        sleep 0.02
    done
}

stop_daemon() {
    [[ -n ${daemon:-} ]] || return 0
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=
}

# ask ARGUMENT...: lab-probe ask on the daemon's socket.
ask() { "$probe" ask --socket "/run/shaper/${LAB_PREFIX}ny.sock" "$@"; }

# listen HOST FILE ADDRESS COUNT [OPTION...]: starts a receiver, its report goes to FILE; returns when its port is open.
listen() {
    on "$1" "$probe" receive --listen "$3:7001" --expect "$4" --timeout 1 --json "${@:5}" >"$2" &
    receiver=$!
    until [[ -n $(on "$1" ss -Huln 'sport = :7001') ]]; do
        kill -0 "$receiver" 2>/dev/null || die "the receiver did not start"
        sleep 0.02
    done
}

# liquidations FILE COUNT [OPTION...]: from ny to ldn, in slice perp. Options are the receiver's.
liquidations() {
    listen ldn-a "$1" 10.0.0.2 "$2" "${@:3}"
    on ny-a "$probe" send --to 10.0.0.2:7001 --rate 1000 --count "$2" >"$work/sent"
    wait "$receiver"
}

serve_bulk() { on ldn-a iperf3 -s >"$work/iperf3-server" 2>&1 & }

# Both tenants of ny hear from ldn's, so that everybody knows where the others are.
acquaint() { for tenant in a b; do on "ny-$tenant" ping -c 2 -i 0.1 -W 2 10.0.0.2 >"$work/ping"; done; }
