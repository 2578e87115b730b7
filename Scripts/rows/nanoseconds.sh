# shellcheck shell=bash
# What the programs take for a packet, net of an empty program, by the number of rules, slices and prefixes. "hot" is one
# frame again and again; "cycle" goes through up to 64 slices and 1,000 flows, each frame a system call of its own;
# "search" through 40,000 flows, ten times what is remembered, so that each packet is searched for.
# Sourced by Scripts/bench.
# shellcheck disable=SC2154

nanoseconds() {
    local size round name kind
    lab up --no-bottleneck
    "$root/bpf/compile" "$work" - "$root/bpf/bench/express_undone.bpf.c"
    # A redirected frame arrives where there is NAPI at the far end.
    on wire ethtool -K ny gro on
    for number in {1..64}; do
        on ny ip link add "v$number" mtu 1450 type veth peer name "w$number" mtu 1450
        on ny ethtool -K "w$number" tx off txvlan off >/dev/null
        on ny ip link set "v$number" up
        on ny ip link set "w$number" up
    done
    for size in "1 1 0" "100 1 0" "10 64 0" "10000 4096 0" "10 64 10000"; do
        read -r rules slices prefixes <<<"$size"
        nanoseconds_policy "$rules" "$slices" "$prefixes" >"$work/ny.yaml"
        quietly ny apply "$work/ny.yaml"
        for ((round = 1; round <= rounds; round++)); do
            say "nanoseconds: $rules rules, $slices slices, $prefixes prefixes, round $round of $rounds ..."
            # Without a daemon next hops are renewed by every apply.
            on ny ping -c 1 -W 1 192.0.2.2 >/dev/null
            quietly ny apply "$work/ny.yaml"
            nanoseconds_time "$slices" 1000 >"$work/times"
            # Ten times the flows, of which only the cycle tells anything.
            if [[ $slices == 64 ]]; then nanoseconds_time "$slices" 40000 | sed -n 's/_cycle/_search/p' >>"$work/times"; fi
            while read -r name net empty; do
                echo "$net" >>"$work/$name-$rules-$slices-$prefixes"
                echo "$empty" >>"$work/$name-empty"
            done <"$work/times"
        done
    done
    for name in port_ingress_hot port_express_hot port_ingress_cycle port_express_cycle; do
        for size in 1-1-0 100-1-0 10-64-0 10000-4096-0 10-64-10000; do
            nanoseconds_row "$name" "$size"
        done
    done
    for name in port_ingress_cycle port_express_cycle; do
        row "${name}_10000_over_10" "$(median <"$work/$name-10000-4096-0")" "$(median <"$work/$name-10-64-0")" \
            "10 rules, 64 slices" ns "$rounds"
    done
    for name in port_ingress_search port_express_search; do
        for size in 10-64-0 10-64-10000; do nanoseconds_row "$name" "$size"; done
    done
    for kind in cycle search; do
        for name in port_ingress port_express; do
            row "${name}_${kind}_prefixes" \
                "$(calculate "$(median <"$work/${name}_$kind-10-64-10000") - $(median <"$work/${name}_$kind-10-64-0")")" \
                - "10,000 prefixes over none" ns "$rounds"
        done
    done
}

# nanoseconds_time SLICES FLOWS
nanoseconds_time() {
    on ny taskset -c 1 "$probe" time --pins "$(echo /sys/fs/bpf/shaper/v*/"${LAB_PREFIX}ny")" --flows "$2" \
        --object "$work/express_undone.o" --tunnel 192.0.2.1:4789 192.0.2.2:4789 --queued 9 --express 7001 \
        --ports "$(for ((n = 1; n <= ($1 < 64 ? $1 : 64); n++)); do echo "v$n=$n"; done | paste -sd,)"
}

# nanoseconds_row NAME SIZE: beside what the empty program takes.
nanoseconds_row() {
    row "${1}_$2" "$(median <"$work/$1-$2")" "$(median <"$work/$1-empty")" "the empty program" ns "$rounds"
}

# nanoseconds_policy RULES SLICES PREFIXES: nothing is demoted on a link this fast.
nanoseconds_policy() {
    local rules=$1 slices=$2 prefixes=$3 i
    lab policy ny --rate 100gbit | sed '/^slices:/,$d'
    echo "slices:"
    for ((i = 1; i <= slices; i++)); do
        if ((i <= 64)); then
            echo "  - {name: t$i, vni: $i, ports: [{interface: v$i, xdp: native}]}"
        else
            echo "  - {name: t$i, vni: $i, ports: [{interface: p1, vlan: $((i % 4094 + 1))}]}"
        fi
    done
    echo "peers:"
    echo "  - {name: ldn, address: 192.0.2.2, slices: [$(seq -s ', ' -f 't%.0f' "$slices")]}"
    echo "rules:"
    echo "  - {class: liquidation, protocol: udp, port: 7001}"
    for ((i = 2; i <= rules; i++)); do
        echo "  - {class: settlement, slice: t$((i % slices + 1)), protocol: udp, port: $((20000 + i))}"
    done
    for ((i = 0; i < prefixes / 2; i++)); do
        echo "  - {class: settlement, slice: t$((i % slices + 1)), source: 10.$((i / 256 + 1)).$((i % 256)).0/24," \
            "destination: 10.$((i / 256 + 101)).$((i % 256)).0/24}"
    done
}
