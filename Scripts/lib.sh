# shellcheck shell=bash
# What the scripts share: messages, privileges, and installing what is missing. Sourced, never run.

# shellcheck disable=SC2034 # for those who source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Recorded market and protocol data that tests and the fuzzer read; without it they say so.
export SHAPER_DATA=${SHAPER_DATA:-$root/../shared/data}

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

# Starts the script again as root. PATH is kept, for sudo's own may lack the Swift toolchain.
require_root() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null || die "run as root"
    exec sudo --preserve-env env "PATH=$PATH" "$0" "$@"
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        command -v sudo >/dev/null || die "run as root: $*"
        sudo "$@"
    fi
}

require_swift() {
    command -v swift >/dev/null || die "swift is not on the PATH: get 6.2 or later from https://www.swift.org/install/linux"
}

# The directory of the toolchain's programs; `swift` itself may be a version manager's shim somewhere else.
toolchain_bin() {
    swift -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1/bin|p'
}

# The Debian packages behind a purpose.
packages_for() {
    case $1 in
    build)
        echo git libbpf-dev libelf-dev libnl-route-3-dev pkg-config zlib1g-dev
        # The programs for the kernel are compiled by the toolchain's own clang where it can.
        "$(toolchain_bin)/clang" --print-targets 2>/dev/null | grep -q '^ *bpf ' || echo clang
        ;;
    # The libraries shaperctl is linked with. The build's packages bring them along, but may be gone again.
    run) echo libbpf1 libnl-route-3-200 zlib1g ;;
    lab) echo iproute2 iputils-ping ethtool util-linux ;;
    demo) echo iperf3 ;;
    bench) echo iperf3 nftables ;;
    check) echo git clang-format shellcheck ;;
    # prometheus for promtool, which reads our metrics as Prometheus would; Debian's clang beside the toolchain's; cron
    # for the reload that is made for it.
    test) echo iperf3 prometheus clang cron ;;
    *) die "no packages are known for $1" ;;
    esac
}

# install_for PURPOSE...: installs what these purposes need and this machine lacks. Instant when nothing is missing.
install_for() {
    local wanted present missing=() package purpose
    wanted=$(for purpose in "$@"; do packages_for "$purpose"; done | tr ' ' '\n' | sort -u)
    if ! command -v apt-get >/dev/null; then
        say "This is no Debian: make sure that the counterparts of these are installed: ${wanted//$'\n'/ }"
        return
    fi
    # dpkg-query fails for a package it never heard of; that one is missing, not an error.
    # shellcheck disable=SC2086,SC2016
    present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
    for package in $wanted; do
        grep -qx "installed $package" <<<"$present" || missing+=("$package")
    done
    ((${#missing[@]} == 0)) && return
    say "Installing ${missing[*]} ..."
    apt_install "${missing[@]}"
}

# Installs packages without letting them start a service: prometheus would open a port on the machine.
apt_install() (
    local policy=/usr/sbin/policy-rc.d mark='written by Scripts/lib.sh for the time of one installation'
    exec 9>>/run/lock/shaper-install
    flock 9
    # A file with our mark was left by a run that was killed; what it had put aside is still there.
    if [[ -e $policy ]] && ! grep -q "$mark" "$policy"; then as_root mv "$policy" "$policy.before-shaper"; fi
    # shellcheck disable=SC2317 # the trap calls it
    restore() {
        as_root rm -f "$policy"
        if [[ -e $policy.before-shaper ]]; then as_root mv "$policy.before-shaper" "$policy"; fi
    }
    trap restore EXIT
    trap 'exit 130' INT TERM
    # 101 is "action forbidden by policy" to invoke-rc.d.
    printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"

    apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120)
    "${apt[@]}" update >&2
    "${apt[@]}" install --no-install-recommends "$@" >&2
    # Not now, and not at the next boot either.
    for service in prometheus cron; do
        if [[ " $* " == *" $service "* ]] && command -v systemctl >/dev/null; then
            as_root systemctl --quiet disable "$service.service" || say "$service stays enabled: disable it yourself"
        fi
    done
)
