# What a developer types. `just` lists it.

_list:
    @just --list

# the service with the embedded sources on 127.0.0.1:8080
serve *args:
    cargo run --release -- serve {{args}}

# everything that has to pass
test *args:
    bash tests/run {{args}}

# accept new Scene texts and golden pictures, then look at each of them
bless:
    INSTA_UPDATE=always METRICSHOT_BLESS=1 cargo nextest run
    git status --short snapshots

# the time of each step of a chart
bench *args:
    cargo bench --bench stages -- {{args}}

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
