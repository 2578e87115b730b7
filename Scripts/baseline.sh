# shellcheck shell=bash
# What one would use without the shaper: the kernel's VXLAN device and a bridge for each slice, on the lab's nodes
# and over the lab's wire. Sourced by Scripts/lab, whose functions it uses.

# baseline up|down [NODE], baseline shape MBIT u32|nft
baseline() {
    local node nodes=(ny ldn)
    if [[ $1 == shape ]]; then
        [[ $# == 3 && $2 =~ ^[0-9]+$ && $3 =~ ^(u32|nft)$ ]] || usage
        for node in "${nodes[@]}"; do baseline_shape "$node" "$2" "$3"; done
        return
    fi
    case ${2:-} in
    "") ;;
    ny | ldn) nodes=("$2") ;;
    *) usage ;;
    esac
    case $1 in
    up | down) for node in "${nodes[@]}"; do "baseline_$1" "$node"; done ;;
    *) usage ;;
    esac
}

baseline_up() {
    local number=1 peer=2
    if [[ $1 == ldn ]]; then number=2 peer=1; fi
    ip_in "$1" -batch - <<END
$(baseline_slice 4201 p1 $number $peer)
$(baseline_slice 4202 p2 $number $peer)
END
}

# baseline_slice VNI PORT NUMBER PEER_NUMBER: the ip commands
baseline_slice() {
    cat <<END
link add br$1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
link add vx$1 mtu 1450 type vxlan id $1 local 192.0.2.$3 remote 192.0.2.$4 dstport 4789 dev u0
link set vx$1 master br$1 up
link set $2 master br$1
link set br$1 up
END
}

# baseline_shape NODE MBIT u32|nft: what one would write by hand, so that liquidations go first.
baseline_shape() {
    local tc=(in_ns "$1" tc)
    "${tc[@]}" qdisc add dev u0 root handle 1: htb default 20
    "${tc[@]}" class add dev u0 parent 1: classid 1:1 htb rate "$2mbit" quantum 60000
    "${tc[@]}" class add dev u0 parent 1:1 classid 1:10 htb rate "$(($2 / 10))mbit" prio 0 quantum 60000
    "${tc[@]}" class add dev u0 parent 1:1 classid 1:20 htb rate "$(($2 * 9 / 10))mbit" ceil "$2mbit" prio 1 quantum 60000
    if [[ $3 == u32 ]]; then
        # The inner UDP ports: 50 bytes of outer headers less Ethernet's 14, then inner Ethernet and IP.
        "${tc[@]}" filter add dev u0 parent 1: protocol ip u32 match u16 7001 0xffff at 72 flowid 1:10
    else
        in_ns "$1" nft -f - <<END
table bridge shape {
    chain forward {
        type filter hook forward priority 0
        udp dport 7001 meta priority set 1:10
    }
}
END
    fi
}

baseline_down() {
    local device
    for device in br4201 vx4201 br4202 vx4202; do ip_in "$1" link del "$device"; done
    # Only what shape has made.
    if [[ $(in_ns "$1" tc qdisc show dev u0 root) == *"htb 1:"* ]]; then in_ns "$1" tc qdisc del dev u0 root; fi
    if command -v nft >/dev/null; then in_ns "$1" nft delete table bridge shape 2>/dev/null || true; fi
}
