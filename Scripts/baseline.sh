# shellcheck shell=bash
# What one would use without the shaper: the kernel's VXLAN device and a bridge for each slice, on the lab's nodes
# and over the lab's wire. Sourced by Scripts/lab, whose functions it uses.

# baseline up|down [NODE]
baseline() {
    local node nodes=(ny ldn)
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

baseline_down() {
    local device
    for device in br4201 vx4201 br4202 vx4202; do ip_in "$1" link del "$device"; done
}
