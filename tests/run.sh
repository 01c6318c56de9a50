#!/usr/bin/env bash
# Runs every check of dfqueue, from formatting to the tests that kill the real daemon.
#
#   tests/run.sh             all steps, in order
#   tests/run.sh STEP...     just these, in the order given
#   tests/run.sh --list      names the steps
#   tests/run.sh --long ...  with many more random requests (api: 50,000 instead of 2,000)
#
# It is enough on a fresh Debian as root, with Rust installed: what a step needs it installs from Debian's packages, PyPI
# and the crates registry. It starts a PostgreSQL of its own in a temporary folder and stops it at the end; no other server is
# touched. Nothing is skipped in silence: a step that can't run has failed. One step's failure doesn't stop the
# others, so one run shows all that is wrong. The last line counts steps; the exit code is 0 only when all passed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export LC_ALL=C.UTF-8
unset "${!DFQUEUE_@}" # a developer's own settings must not decide a test
readonly TARGET=${CARGO_TARGET_DIR:-target}
readonly NEXTEST=0.9.143 DENY=0.20.2 # installed where lacking; another version that is there will do
readonly SCHEMATHESIS=4.32.5         # this one: another makes other requests
readonly AIOSMTPD=1.4.6
long=false

# --- What steps stand on -----------------------------------------------------------------------------------------

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# debian COMMAND PACKAGE: COMMAND is there, or Debian's PACKAGE is installed.
debian() {
    command -v "$1" >/dev/null || install_debian "$2"
}

install_debian() {
    [[ $EUID -eq 0 ]] || fail "$1 is not installed; as root: apt-get install $1"
    printf 'installing Debian package %s\n' "$1"
    export DEBIAN_FRONTEND=noninteractive
    # A fresh machine has no package lists, an old one stale ones.
    [[ -e $work/apt-updated ]] || apt-get update -q >"$work/apt.log" 2>&1 || fail "$(tail -n 5 "$work/apt.log")"
    touch "$work/apt-updated"
    apt-get install -qy --no-install-recommends "$1" >"$work/apt.log" 2>&1 || fail "$(tail -n 20 "$work/apt.log")"
}

# What SQLite, TLS and jemalloc are compiled with.
compilers() {
    debian cc build-essential
    debian make make
}

# cargo_tool NAME VERSION: `cargo NAME` is there, or built from source (cargo-deny: some four minutes, once).
cargo_tool() {
    command -v cargo >/dev/null || fail 'cargo is not installed'
    compilers
    command -v "cargo-$1" >/dev/null || cargo install --quiet --locked --version "$2" "cargo-$1"
}

# pypi NAME VERSION: PyPI's package of that name is in an environment of its own below the target folder; which one is printed.
pypi() {
    local home=$TARGET/pypi/$1-$2
    debian python3 python3 >&2
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_debian python3-venv >&2
    if [[ ! -x $home/bin/$1 ]]; then
        printf 'installing %s %s from PyPI\n' "$1" "$2" >&2
        rm -rf "$home" # half of one, of a run that was cut off
        python3 -m venv "$home" >&2
        "$home/bin/pip" install --quiet --disable-pip-version-check "$1==$2" >&2
    fi
    printf '%s\n' "$home"
}

# as_postgres COMMAND...: PostgreSQL refuses to run as root, so root becomes the user that its package made.
as_postgres() {
    if [[ $EUID -eq 0 ]]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    else
        "$@"
    fi
}

# The newest PostgreSQL's folder of programs; Debian keeps them off PATH.
postgres_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    [[ -x $newest ]] && dirname "$newest"
}

# with_postgres: a throw-away server runs, and DFQUEUE_TEST_POSTGRES names it, with a superuser who may create
# databases. Started by the first step that wants it. What a promise to be on disk is worth is tested on it, so it
# syncs as a real one does. It sorts text as British people do, not by bytes: where our order must be that of bytes,
# the difference shows here and not at a customer's.
with_postgres() {
    local bin try port password
    postgres_bin >/dev/null || install_debian postgresql
    bin=$(postgres_bin) || fail 'PostgreSQL is installed, but not in /usr/lib/postgresql'
    if [[ ! -e $work/postgres.url ]]; then
        debian python3 python3
        install -d -m 0700 "$work/postgres"
        password=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
        printf '%s\n' "$password" >"$work/postgres/password"
        [[ $EUID -ne 0 ]] || chown -R postgres:postgres "$work/postgres"
        cd "$work" # which postgres may enter; perhaps not the folder we came from
        as_postgres "$bin/initdb" --pgdata=postgres/data --username=dfqueue --pwfile=postgres/password \
            --auth=scram-sha-256 --encoding=UTF8 --locale-provider=icu --icu-locale=en-GB --locale=C.UTF-8 \
            >"$work/initdb.log" 2>&1 || fail "$(cat "$work/initdb.log")"
        for try in 1 2 3; do # another program may take the port between our look and the server's
            port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
            as_postgres "$bin/pg_ctl" start --silent --wait --pgdata=postgres/data --log=postgres/log --options="\
                -c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='$work/postgres' \
                -c max_connections=300 -c fsync=on -c synchronous_commit=on" && break
            [[ $try -lt 3 ]] || fail "$(tail -n 20 "$work/postgres/log")"
        done
        printf 'postgres://dfqueue:%s@127.0.0.1:%s/postgres\n' "$password" "$port" >"$work/postgres.url"
        cd - >/dev/null
    fi
    DFQUEUE_TEST_POSTGRES=$(<"$work/postgres.url")
    export DFQUEUE_TEST_POSTGRES
    printf 'PostgreSQL %s on %s\n' "$("$bin/postgres" --version | grep -oE '[0-9.]+' | head -n 1)" \
        "${DFQUEUE_TEST_POSTGRES##*@}"
}

stop_postgres() {
    [[ -e $work/postgres/data/postmaster.pid ]] || return 0
    # Its data is thrown away: no last checkpoint.
    (cd "$work" && as_postgres "$(postgres_bin)/pg_ctl" stop --silent --mode=immediate --pgdata=postgres/data) ||
        printf 'PostgreSQL did not stop: see %s\n' "$work" >&2
}

# --- The steps, in order -----------------------------------------------------------------------------------------

STEPS=()
declare -A ABOUT

step() {
    STEPS+=("$1")
    ABOUT[$1]=$2
}

step fmt 'formatting'
step_fmt() {
    cargo fmt --check
}

step clippy 'lints, with what clippy.toml bans'
step_clippy() {
    compilers
    cargo clippy --all-targets --locked -- -D warnings
}

step deny 'banned crates, licences and sources of dependencies'
step_deny() {
    cargo_tool deny "$DENY"
    cargo deny --locked check --hide-inclusion-graph bans licenses sources
}

step example 'the example is what its generator writes'
step_example() {
    debian python3 python3
    python3 config/example/generate.py --seed 1 --now 2026-11-23T09:30:00Z | cmp - config/example/submissions.csv
}

step test 'unit tests, the tidy house, integration on both databases'
step_test() {
    cargo_tool nextest "$NEXTEST"
    with_postgres
    # `system` takes real time: its own step, below.
    cargo nextest run --locked -E 'not binary(=system)'
}

step doc 'examples in the documentation'
step_doc() {
    compilers
    cargo test --doc --locked
}

step build 'the release build'
step_build() {
    compilers
    cargo build --release --locked
}

step checker "the outside checker's own tests"
step_checker() {
    debian python3 python3
    (cd tests/contract && python3 -m unittest) 2>&1 | tee "$work/unittest.log"
    # Before 3.12 Python is content with none.
    if ! grep -qE '^Ran [1-9]' "$work/unittest.log"; then fail 'no test ran'; fi
}

step contract 'plans of 300 random queues, and around every clock change to 2037, against the outside checker'
step_contract() {
    debian python3 python3
    step_build # never an older binary; at once where nothing changed
    python3 tests/contract/run.py --dfqueue "$TARGET/release/dfqueue" --seeds 1..300
    python3 tests/contract/clock_changes.py --dfqueue "$TARGET/release/dfqueue"
}

step api 'random requests to every operation of the real daemon, against its own description (schemathesis)'
step_api() {
    local home cases=2000
    if $long; then cases=50000; fi
    home=$(pypi schemathesis "$SCHEMATHESIS")
    step_build # never an older binary; at once where nothing changed
    "$home/bin/python" tests/api/run.py --dfqueue "$TARGET/release/dfqueue" --schemathesis "$home/bin/schemathesis" \
        --cases "$cases"
}

step mail 'people who are told by mail: the real daemon and a real mail server, with TLS and a password'
step_mail() {
    local home
    home=$(pypi aiosmtpd "$AIOSMTPD")
    debian openssl openssl
    step_build # never an older binary; at once where nothing changed
    "$home/bin/python" tests/mail/run.py --dfqueue "$TARGET/release/dfqueue"
}

step system 'kills, leases, order of syncs: the real daemon, real time'
step_system() {
    cargo_tool nextest "$NEXTEST"
    debian strace strace
    with_postgres
    cargo nextest run --locked --test system
}

step unit-file 'exposure of the systemd unit, 1.0 at most'
step_unit_file() {
    debian systemd-analyze systemd
    # What is as tight as can be needs no line.
    systemd-analyze --no-pager security --offline=true --threshold=10 systemd/dfqueue.service | grep -v '^✓'
}

# --- Running them ------------------------------------------------------------------------------------------------

declare -A OUTCOME SECONDS_OF
passed=0 failed=0

now_ms() {
    local us=${EPOCHREALTIME//[!0-9]/}
    printf '%s\n' $((us / 1000))
}

run_step() {
    local name=$1 start code ms
    printf '\n== %s: %s\n' "$name" "${ABOUT[$name]}"
    start=$(now_ms)
    # A shell of its own, outside any condition: there alone does set -e end it at its first failure.
    set +e
    (
        set -e
        "step_${name//-/_}"
    ) </dev/null
    code=$?
    set -e
    ms=$(($(now_ms) - start))
    printf -v "SECONDS_OF[$name]" '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
    if [[ $code -eq 0 ]]; then
        OUTCOME[$name]=passed
        passed=$((passed + 1))
    else
        OUTCOME[$name]=FAILED
        failed=$((failed + 1))
    fi
    printf '== %s: %s after %s s\n' "$name" "${OUTCOME[$name]}" "${SECONDS_OF[$name]}"
}

summary() {
    local name
    printf '\n%-12s %-8s %8s\n' step outcome seconds
    for name in "$@"; do
        printf '%-12s %-8s %8s\n' "$name" "${OUTCOME[$name]}" "${SECONDS_OF[$name]}"
    done
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
}

usage() {
    sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
}

main() {
    local chosen=() argument name
    for argument in "$@"; do
        case $argument in
        --list)
            for name in "${STEPS[@]}"; do printf '%-12s %s\n' "$name" "${ABOUT[$name]}"; done
            return
            ;;
        -h | --help)
            usage
            return
            ;;
        --long) long=true ;;
        *)
            if [[ ! -v ABOUT[$argument] ]]; then
                printf 'tests/run.sh: no step %s; --list names them\n' "$argument" >&2
                return 2
            fi
            # Twice is once: the summary has one line a step.
            [[ " ${chosen[*]-} " == *" $argument "* ]] || chosen+=("$argument")
            ;;
        esac
    done
    [[ ${#chosen[@]} -gt 0 ]] || chosen=("${STEPS[@]}")

    work=$(mktemp -d "${TMPDIR:-/tmp}/dfqueue-tests.XXXXXX")
    chmod 0711 "$work" # the server's user passes through, and reads only what is its own
    trap 'stop_postgres; rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    for name in "${chosen[@]}"; do run_step "$name"; done
    # The summary ends the output: nothing may follow its last line.
    stop_postgres
    summary "${chosen[@]}"
    [[ $failed -eq 0 ]]
}

main "$@"
