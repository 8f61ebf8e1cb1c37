#!/bin/sh
# Installs what building and booting images needs besides Rust: a C compiler driver, which Rust's own
# linking goes through, and QEMU. Says what it is about to do; does nothing when all is there.
set -eu

missing=
command -v cc >/dev/null 2>&1 || missing="$missing cc"
command -v qemu-system-x86_64 >/dev/null 2>&1 || missing="$missing qemu"
if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: cargo is missing: install Rust 1.95 or newer first (https://rustup.rs)" >&2
    exit 2
fi
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: missing:$missing; run this as root, or install them yourself" >&2
        exit 2
    fi
    as_root=sudo
fi

packages() { # names of the packages for this distribution: the C compiler's, then QEMU's
    for what in $missing; do
        case $what in
            cc) printf ' %s' "$1" ;;
            qemu) printf ' %s' "$2" ;;
        esac
    done
}

if command -v apt-get >/dev/null 2>&1; then
    list=$(packages "gcc libc6-dev" qemu-system-x86)
    echo "setup: missing:$missing; installing$list with apt-get" >&2
    $as_root apt-get update -qq >&2
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $list >&2
elif command -v dnf >/dev/null 2>&1; then
    list=$(packages gcc qemu-system-x86-core)
    echo "setup: missing:$missing; installing$list with dnf" >&2
    # shellcheck disable=SC2086
    $as_root dnf install -y -q $list >&2
elif command -v pacman >/dev/null 2>&1; then
    list=$(packages gcc qemu-system-x86)
    echo "setup: missing:$missing; installing$list with pacman" >&2
    # shellcheck disable=SC2086
    $as_root pacman -S --noconfirm --needed $list >&2
else
    echo "setup: missing:$missing; no package manager that this script knows: install them yourself" >&2
    exit 2
fi
