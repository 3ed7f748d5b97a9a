# shellcheck shell=bash
#
# A folder with another release of Debian in it, to be entered by chroot: read
# in by tests/fresh.sh and tests/newest.sh.
#
# What is mounted there, and what runs there, is seen by the script alone and
# goes when it ends, however it ends: the kernel sees to that.

# root_isolate SCRIPT WORD...: run the script again, in isolation; returns when
# it is.  The status is 1 where the machine does not allow it.
root_isolate() {
    [[ -n ${TETHER_ISOLATED:-} ]] && return
    local words=(--mount --propagation private --pid --fork --kill-child
        --mount-proc)
    unshare "${words[@]}" true 2>/dev/null || return 1
    TETHER_ISOLATED=1 exec unshare "${words[@]}" "$@"
}

# root_need_debootstrap: install it where it is missing; 1 if that cannot be.
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

# root_mirror: where packages come from: MIRROR, or the archive of Debian that
# this machine's own apt uses.
root_mirror() {
    local own
    # shellcheck disable=SC2016  # apt replaces these
    own=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
        grep -m 1 -E '/debian/?$')
    echo "${MIRROR:-$own}"
}

# root_bootstrap SUITE FOLDER PACKAGES LOG: the least system, and these packages
# (with commas between); 1 with the reason in LOG.
root_bootstrap() {
    local mirror
    mirror=$(root_mirror)
    debootstrap --variant=minbase --include="$3" "$1" "$2" ${mirror:+"$mirror"} \
        >"$4" 2>&1 || return 1
    cp /etc/resolv.conf "$2/etc/resolv.conf" || return 1
    # A mirror may lag behind.
    echo 'Acquire::Check-Valid-Until "false";' \
        >"$2/etc/apt/apt.conf.d/90valid"
}

# root_mount FOLDER: what programs expect of a running system.
root_mount() {
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"
}

# root_unmount FOLDER: the contrary, before the folder is removed; 1 when
# something is still mounted there.
root_unmount() {
    umount -l "$1/dev" "$1/proc" 2>/dev/null
    ! grep -q " $1/" /proc/self/mounts
}

# root_enter FOLDER COMMAND: as a new user of that machine would type it, in
# the tree.
root_enter() {
    chroot "$1" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin CI="${INSIDE_CI:-}" \
        ${http_proxy:+http_proxy="$http_proxy"} \
        bash -c "cd /srv/tether && ${*:2}"
}
