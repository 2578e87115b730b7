# shellcheck shell=bash
# What one would use without the shaper: the kernel's VXLAN device and a bridge for each slice, on the lab's nodes
# and over the lab's wire. Sourced by Scripts/lab, whose functions it uses.

# baseline up|down
baseline() {
    case $1 in
    up)
        add_baseline ny 1 2
        add_baseline ldn 2 1
        ;;
    down)
        remove_baseline ny
        remove_baseline ldn
        ;;
    *) usage ;;
    esac
}

# add_baseline NODE NUMBER PEER_NUMBER
add_baseline() {
    ip_in "$1" -batch - <<END
$(baseline_slice 4201 p1 "$2" "$3")
$(baseline_slice 4202 p2 "$2" "$3")
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

remove_baseline() {
    local device
    for device in br4201 vx4201 br4202 vx4202; do ip_in "$1" link del "$device"; done
}
