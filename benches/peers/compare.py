"""Runs metricshot and its peers in turn on the same data and prints one table, in the form that docs/performance.md has it.

Called by `run`, which installed everything: `compare.py PROGRAM WORK-FOLDER [LOAD …]`. For each load every peer is one process, warm, on
one core; all live at once and draw in turn, so that what else the machine does meets all alike. A figure is the median of the rounds'
medians. Progress goes to stderr.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import matplotlib
import PIL
import rrdtool
from PIL import Image

HERE = Path(__file__).resolve().parent
FONTS = HERE.parents[1] / "fonts"
LOADS = ["S", "M", "L", "thirty", "gaps", "hundred"]
OURS = "metricshot"
# Of one peer in one round.
ROUND_MILLISECONDS = 1000
SLOW_MILLISECONDS = 100
MOST_DRAWS = 500


class Peer:
    """A process that draws one load."""

    def __init__(self, name, command, environment):
        pipe = subprocess.PIPE
        self.name, self.rounds = name, []
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} hung up on {line!r}")
        return json.loads(answer)

    def warm_up(self):
        """Finds out how many charts fit a round."""
        first = self.ask("draw 1")["ms"][0]
        fastest = min(self.ask(f"draw {20 if first < SLOW_MILLISECONDS else 2}")["ms"])
        self.draws = max(1, min(MOST_DRAWS, round(ROUND_MILLISECONDS / fastest)))

    def play_round(self):
        """The first fifth, at least one chart, gets the caches back from whoever drew before, and does not count."""
        first = -(-self.draws // 5)
        answer = self.ask(f"draw {first + self.draws}")
        self.rounds.append(statistics.median(answer["ms"][first:]))
        self.bytes, self.peak_kib = answer["bytes"], answer["peak_kib"]

    def save(self, path, size):
        """Keeps its picture, and has Pillow read all of it."""
        self.ask(f"save {path}")
        with Image.open(path) as picture:
            picture.load()
            if picture.format != "PNG" or picture.size != size:
                sys.exit(f"{path} is not a PNG of {size}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def commands(program, work, load):
    """What starts each peer for a load, ours first."""
    data, python = str(work / "data" / load), sys.executable
    modules = str(work / "node" / "node_modules")
    return {
        OURS: [program, "serve", load],
        "rrdtool": [python, str(HERE / "with_rrdtool.py"), data],
        "gnuplot": [python, str(HERE / "with_gnuplot.py"), data],
        "matplotlib": [python, str(HERE / "with_matplotlib.py"), data, str(FONTS)],
        "Chart.js": ["node", str(HERE / "with_chartjs.js"), data, str(FONTS), modules],
    }


def compare(load, program, work, options):
    """The peers of a load after all rounds, ours first."""
    look = json.loads((work / "data" / load / "chart.json").read_text())
    environment = {**os.environ, "FONTCONFIG_FILE": str(work / "fonts.conf"), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    pinned = ["taskset", "-c", str(options.core)]
    peers = [Peer(name, pinned + command, environment) for name, command in commands(program, work, load).items()]
    for peer in peers:
        peer.warm_up()
        print(f"{load}: {peer.name}, {peer.draws} charts a round", file=sys.stderr)
    for number in range(options.rounds):
        turn = number % len(peers)
        for peer in peers[turn:] + peers[:turn]:
            peer.play_round()
    for peer in peers:
        peer.save(work / "pictures" / f"{load}-{peer.name}.png", (look["width"], look["height"]))
        peer.close()
    return peers


def milliseconds(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def rows(load, peers):
    ours = statistics.median(peers[0].rounds)
    for peer in peers:
        middle = statistics.median(peer.rounds)
        ratio = "1" if peer.name == OURS else f"{middle / ours:.1f}"
        memory = f"{peer.peak_kib / 1024:.0f}"
        yield f"| {load} | {peer.name} | {milliseconds(middle)} | {peer.bytes:,} | {memory} | {ratio} |"


def first_line(*command, cwd=None):
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd).stdout.splitlines()[0].strip()


def conditions(work, options):
    """The machine and the versions, as one paragraph."""
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    fact = lambda name: next((line.split(":")[1].strip() for line in facts if line.startswith(name)), "unknown")
    package = lambda name: json.loads((work / "node" / "node_modules" / name / "package.json").read_text())["version"]
    cairo = first_line("dpkg-query", "-W", "-f", "${Version}", "libcairo2").split("-")[0]
    return (
        f"{fact('model name')} (family {fact('cpu family')}, model {fact('model')}), {os.cpu_count()} cores, of which one was used; "
        f"{options.rounds} rounds, load average {os.getloadavg()[1]:.1f}. "
        f"metricshot {first_line('git', 'describe', '--always', '--dirty', cwd=HERE)}, rrdtool {rrdtool.lib_version()} in process, "
        f"{first_line('gnuplot', '--version').replace(' patchlevel ', '.')} (pngcairo) through a pipe, "
        f"matplotlib {matplotlib.__version__} (Agg) on Python {platform.python_version()}, "
        f"Chart.js {package('chart.js')} on node-canvas {package('canvas')} and Node {first_line('node', '--version').lstrip('v')}; "
        f"cairo {cairo}. Pillow {PIL.__version__} read every image."
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("work", type=Path)
    parser.add_argument("loads", nargs="*", metavar="LOAD", help="of " + ", ".join(LOADS) + "; all where none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    options = parser.parse_args()
    (options.work / "pictures").mkdir(exist_ok=True)
    table = ["| load | renderer | ms | PNG bytes | peak MiB | ratio to metricshot |", "| --- | --- | --: | --: | --: | --: |"]
    for load in options.loads or LOADS:
        subprocess.run([options.program, "export", load, str(options.work / "data" / load)], check=True)
        table += rows(load, compare(load, options.program, options.work, options))
    print(conditions(options.work, options), "", *table, sep="\n")


main()
