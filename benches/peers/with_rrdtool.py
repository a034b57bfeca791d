"""Draws a load with rrdtool in this process, from a round-robin file made beforehand: `with_rrdtool.py FOLDER`.

All series are in one file, which rrdtool then reads once: the layout that suits it best. The picture comes back in memory.
"""

import sys

import peer
import rrdtool

FONT = "DEFAULT:9:Pretendard JP"


def fill(load, path):
    """One value a step, no roll-up: every point of the load is in it."""
    step, count = load.look["step"], len(load.columns)
    sources = [f"DS:s{n}:GAUGE:{2 * step}:U:U" for n in range(count)]
    archive = f"RRA:AVERAGE:0.5:1:{len(load.times)}"
    rrdtool.create(path, "--start", str(load.look["start"] - step), "--step", str(step), *sources, archive)
    cell = lambda value: "U" if value is None else repr(value)
    rows = (":".join([str(int(time)), *map(cell, values)]) for time, *values in zip(load.times, *load.columns))
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == 1000:
            rrdtool.update(path, *batch)
            batch.clear()
    if batch:
        rrdtool.update(path, *batch)


def arguments(look, path):
    """Lines lead from point to point (slope mode), as everybody else's here."""
    options = ["--imgformat", "PNG", "--full-size-mode", "--slope-mode", "--border", "0", "--color", "BACK#ffffff"]
    options += ["--width", str(look["width"]), "--height", str(look["height"]), "--font", FONT, "--title", look["title"]]
    options += ["--start", str(look["start"]), "--end", str(look["end"]), "--step", str(look["step"])]
    names = [name.replace(":", r"\:") for name in look["names"]]
    definitions = [f"DEF:v{n}={path}:s{n}:AVERAGE" for n in range(len(names))]
    width = look["line_width"]
    lines = [f"LINE{width}:v{n}{colour}:{name}" for n, (colour, name) in enumerate(zip(look["colours"], names))]
    return options + definitions + lines


load = peer.Load(sys.argv[1])
file = str(load.folder / "series.rrd")
fill(load, file)
call = ["-", *arguments(load.look, file)]
del load.times, load.columns
peer.serve(lambda: rrdtool.graphv(*call)["image"])
