#!/bin/sh
# Installs what building and booting images needs besides Rust: a C compiler driver, which Rust's own
# linking goes through, and QEMU. `./setup.sh all` adds what the tests need: the other architectures' QEMU,
# where rustup has not installed their core library a toolchain that has its sources, the clients that
# the servers are tested with, editors, the shells and the linter of manual pages that the command is tested with, a
# compiler of C, and SQLite's own test programs. Says what it is about to do; does nothing when all is there.
set -eu
cd "$(dirname "$0")"

what=${1:-}
missing=
command -v cc >/dev/null 2>&1 || missing="$missing cc"
command -v qemu-system-x86_64 >/dev/null 2>&1 || missing="$missing qemu"
has_core() { # the core library for the target $1, or what it is built from
    for sysroot in "$(rustc --print sysroot)" /usr; do
        [ -d "$sysroot/lib/rustlib/$1/lib" ] || [ -e "$sysroot/lib/rustlib/src/rust/library/Cargo.lock" ] && return
    done
    return 1
}
if [ "$what" = all ]; then
    command -v qemu-system-riscv64 >/dev/null 2>&1 || missing="$missing qemu-riscv64"
    command -v qemu-system-aarch64 >/dev/null 2>&1 || missing="$missing qemu-aarch64"
    if ! has_core riscv64gc-unknown-none-elf || ! has_core aarch64-unknown-none; then
        missing="$missing core"
    fi
    for tool in mkfs.fat mke2fs; do
        [ -x "/usr/sbin/$tool" ] || [ -x "/sbin/$tool" ] || command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
    done
    for client in curl wrk redis-cli ip ping chromium mcopy clang nvim emacs node npm mandoc fish zsh tmux; do
        command -v "$client" >/dev/null 2>&1 || missing="$missing $client"
    done
fi
if ! command -v cargo >/dev/null 2>&1; then
    echo "setup: cargo is missing: install Rust 1.95 or newer first (https://rustup.rs)" >&2
    exit 2
fi
# Where SQLite's test programs come from: Debian's source package. Elsewhere they are for the user to put there.
sqlite_sources() {
    folder=target/sources
    [ "$what" = all ] && [ ! -e "$folder/sqlite3/test/speedtest1.c" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "setup: put the sources of SQLite's test programs in $folder/sqlite3 (its folder test/ is what is used)" >&2
        return 0
    fi
    echo "setup: fetching the source package of sqlite3 with apt-get" >&2
    rm -rf "$folder/apt" && mkdir -p "$folder/apt/lists/partial" "$folder/apt/parts"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        [ -f "$list" ] || continue
        sed -e 's/^deb /deb-src /' -e 's/^Types: deb$/Types: deb-src/' "$list" >"$folder/apt/parts/${list##*/}"
    done
    parts=$PWD/$folder/apt
    set -- -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$parts/parts" -o Dir::State::Lists="$parts/lists" \
        -o APT::Sandbox::User="$(id -un)"
    apt-get "$@" update >&2
    (cd "$folder/apt" && apt-get "$@" source --download-only sqlite3 >&2)
    rm -rf "$folder/sqlite3.unfinished" && mkdir -p "$folder/sqlite3.unfinished"
    tar -xJf "$folder"/apt/sqlite3_*.orig.tar.xz -C "$folder/sqlite3.unfinished" --strip-components=1
    rm -rf "$folder/sqlite3" && mv "$folder/sqlite3.unfinished" "$folder/sqlite3"
    rm -rf "$folder/apt"
}

if [ -z "$missing" ]; then
    sqlite_sources
    exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: missing:$missing; run this as root, or install them yourself" >&2
        exit 2
    fi
    as_root=sudo
fi

# Names of the packages for this distribution: the C compiler's, QEMU's for the three architectures, and a
# toolchain's with the sources of the core library, then those of Redis's, iproute2's and ping's clients, and of Emacs.
packages() {
    for what in $missing; do
        case $what in
            curl | wrk | chromium | clang | mandoc | fish | zsh | tmux) printf ' %s' "$what" ;;
            mcopy) printf ' mtools' ;;
            nvim) printf ' neovim' ;;
            emacs) printf ' %s' "$9" ;;
            node) printf ' nodejs' ;;
            npm) printf ' npm' ;;
            mkfs.fat) printf ' dosfstools' ;;
            mke2fs) printf ' e2fsprogs' ;;
            redis-cli) printf ' %s' "$6" ;;
            ip) printf ' %s' "$7" ;;
            ping) printf ' %s' "$8" ;;
            cc) printf ' %s' "$1" ;;
            qemu) printf ' %s' "$2" ;;
            qemu-riscv64) printf ' %s' "$3" ;;
            qemu-aarch64) printf ' %s' "$4" ;;
            core) printf ' %s' "$5" ;;
        esac
    done
}

if command -v apt-get >/dev/null 2>&1; then
    echo "setup: missing:$missing; looking for packages with apt-get" >&2
    $as_root apt-get update -qq >&2
    # From version 29 on Emacs has Eglot itself.
    emacs=emacs-nox
    [ -z "$(apt-cache search --names-only '^elpa-eglot$')" ] || emacs="emacs-nox elpa-eglot"
    list=$(packages "gcc libc6-dev" qemu-system-x86 "qemu-system-misc opensbi" qemu-system-arm "rustc-web cargo-web rust-web-src" \
        redis-tools iproute2 iputils-ping "$emacs")
    echo "setup: installing$list" >&2
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $list >&2
elif command -v dnf >/dev/null 2>&1; then
    list=$(packages gcc qemu-system-x86-core qemu-system-riscv-core qemu-system-aarch64-core "rust cargo rust-src" redis \
        iproute iputils emacs-nox)
    echo "setup: missing:$missing; installing$list with dnf" >&2
    # shellcheck disable=SC2086
    $as_root dnf install -y -q $list >&2
elif command -v pacman >/dev/null 2>&1; then
    list=$(packages gcc qemu-system-x86 qemu-system-riscv qemu-system-aarch64 "rust rust-src" redis iproute2 iputils emacs-nox)
    echo "setup: missing:$missing; installing$list with pacman" >&2
    # shellcheck disable=SC2086
    $as_root pacman -S --noconfirm --needed $list >&2
else
    echo "setup: missing:$missing; no package manager that this script knows: install them yourself" >&2
    exit 2
fi
sqlite_sources
