# shellcheck shell=bash
# Large policies: the first apply of 4,096 slices, 512 of them with quotas; one rule of 10,000 changed; the memory both
# take. Sourced by Scripts/bench.
# shellcheck disable=SC2154

scale() {
    local round
    lab up --no-bottleneck
    scale_policy >"$work/ny.yaml"
    for ((round = 1; round <= rounds; round++)); do
        say "4,096 slices and 10,000 rules, round $round of $rounds ..."
        ((round == 1)) || quietly ny unload --node "${LAB_PREFIX}ny"
        timed "$work/apply" quietly ny apply "$work/ny.yaml"
    done
    start_daemon
    for ((round = 1; round <= rounds; round++)); do
        # The last rule's port.
        sed -i "\$s/port: [0-9]*/port: $((20000 + round))/" "$work/ny.yaml"
        timed "$work/reload" ask '{"v":1,"op":"reload"}' >"$work/report"
    done
    row first_apply_4096 "$(median <"$work/apply")" - "none" ms "$rounds"
    row reload_10000 "$(median <"$work/reload")" - "none" ms "$rounds"
    row memory_daemon "$(awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$daemon/status")" - "none" bytes 1
    row memory_maps "$("$probe" maps "$(echo /sys/fs/bpf/shaper/v*/"${LAB_PREFIX}ny"/maps)")" - "none" bytes 1
}

scale_policy() {
    local i
    lab policy ny --rate 10gbit | sed '/^slices:/,$d'
    echo "slices:"
    for ((i = 1; i <= 4096; i++)); do
        if ((i <= 512)); then
            echo "  - {name: tenant-$i, vni: $i, guarantee: 10mbit, ceiling: 100%, ports: [{interface: p1, vlan: $i}]}"
        elif ((i < 4095)); then
            echo "  - {name: tenant-$i, vni: $i, ports: [{interface: p1, vlan: $i}]}"
        else
            echo "  - {name: tenant-$i, vni: $i, ports: [{interface: p2, vlan: $((i - 4000))}]}"
        fi
    done
    echo "peers:"
    echo "  - {name: ldn, address: 192.0.2.2, slices: [$(seq -s ', ' -f 'tenant-%.0f' 4096)]}"
    echo "rules:"
    for ((i = 1; i <= 10000; i++)); do
        echo "  - {class: liquidation, slice: tenant-$((i % 4096 + 1)), protocol: udp, port: $i}"
    done
}
