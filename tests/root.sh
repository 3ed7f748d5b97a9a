# shellcheck shell=bash
#
# Installs another release of Debian in a directory, and enters it with chroot.
# tests/fresh.sh and tests/newest.sh source this file.
#
# The script runs in its own mount and process namespaces.  The kernel removes
# both when the script ends, so nothing stays mounted or running.

# root_isolate SCRIPT WORD...: start the script again, in its own namespaces.
# Returns 0 inside them, and 1 if the machine does not allow it.
root_isolate() {
    [[ -n ${TETHER_ISOLATED:-} ]] && return
    local words=(--mount --propagation private --pid --fork --kill-child
        --mount-proc)
    unshare "${words[@]}" true 2>/dev/null || return 1
    TETHER_ISOLATED=1 exec unshare "${words[@]}" "$@"
}

# root_need_debootstrap: install debootstrap if it is missing; 1 if that fails.
root_need_debootstrap() {
    type -P debootstrap >/dev/null && return
    [[ ${TETHER_SETUP:-} != never ]] && type -P apt-get >/dev/null || return 1
    {
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
            --no-install-recommends debootstrap debian-archive-keyring
    } >/dev/null 2>&1
    type -P debootstrap >/dev/null
}

# root_mirror: the package mirror: MIRROR, otherwise the Debian archive of this
# machine's own apt, otherwise debootstrap's own choice.
root_mirror() {
    local own
    # shellcheck disable=SC2016  # apt replaces these
    own=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
        grep -m 1 -E '/debian/?$')
    echo "${MIRROR:-$own}"
}

# root_bootstrap SUITE DIRECTORY PACKAGES LOG: install a minimal system and the
# packages, separated by commas.  On failure LOG contains the reason.
root_bootstrap() {
    local mirror
    mirror=$(root_mirror)
    debootstrap --variant=minbase --include="$3" "$1" "$2" ${mirror:+"$mirror"} \
        >"$4" 2>&1 || return 1
    cp /etc/resolv.conf "$2/etc/resolv.conf" || return 1
    # Accept a mirror that is some weeks old.
    echo 'Acquire::Check-Valid-Until "false";' \
        >"$2/etc/apt/apt.conf.d/90valid"
}

# root_mount DIRECTORY: mount /proc and /dev in it, which most programs need.
root_mount() {
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"
}

# root_unmount DIRECTORY: undo root_mount; 1 if something is still mounted in it.
# Call it before removing the directory.
root_unmount() {
    umount -l "$1/dev" "$1/proc" 2>/dev/null
    ! grep -q " $1/" /proc/self/mounts
}

# root_enter DIRECTORY COMMAND: run a command in the tree inside the directory,
# with the environment of a new user.
root_enter() {
    chroot "$1" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin CI="${INSIDE_CI:-}" \
        ${http_proxy:+http_proxy="$http_proxy"} \
        bash -c "cd /srv/tether && ${*:2}"
}
