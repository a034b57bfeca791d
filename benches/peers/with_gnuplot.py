"""Draws a load with one warm gnuplot, told through a pipe: `with_gnuplot.py FOLDER`.

gnuplot reads the points of each chart from binary files, which are in the page cache: the fastest way into it. The picture comes back
through its output. The memory that counts is gnuplot's.
"""

import os
import struct
import subprocess
import sys

import peer

NAN = float("nan")
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_points(load):
    """A file for each series, of pairs of doubles; a gap is NaN."""
    paths = []
    for number, column in enumerate(load.columns):
        path = load.folder / f"series-{number}.bin"
        pairs = (struct.pack("<dd", time, NAN if value is None else value) for time, value in zip(load.times, column))
        path.write_bytes(b"".join(pairs))
        paths.append(path)
    return paths


def script(look, paths, points):
    times = "%H:%M" if look["end"] - look["start"] <= 86_400 else r"%m-%d\n%H:%M"
    settings = f"""
set terminal pngcairo noenhanced size {look["width"]},{look["height"]} font "Pretendard JP,9"
set title "{look["title"]}"
set key below
set grid
set xtics time format "{times}"
set xrange [{look["start"]}:{look["end"]}]
set output
"""
    lines = [
        f'"{path}" binary record=({points}) format="%double%double" using 1:2 with lines '
        f'linewidth {look["line_width"]} linecolor rgb "{colour}" title "{name}"'
        for path, colour, name in zip(paths, look["colours"], look["names"])
    ]
    return settings, "plot " + ", ".join(lines) + "\nset output\n"


def read_exactly(pipe, count):
    data = pipe.read(count)
    if len(data) != count:
        sys.exit("gnuplot hung up")
    return data


def read_picture(pipe):
    """Chunk by chunk to the last."""
    parts = [read_exactly(pipe, len(SIGNATURE))]
    while True:
        head = read_exactly(pipe, 8)
        length, kind = struct.unpack(">I4s", head)
        parts += [head, read_exactly(pipe, length + 4)]
        if kind == b"IEND":
            return b"".join(parts)


load = peer.Load(sys.argv[1])
settings, plot = script(load.look, write_points(load), len(load.times))
environment = {**os.environ, "GNUTERM": "pngcairo"}
gnuplot = subprocess.Popen(["gnuplot"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
gnuplot.stdin.write(settings.encode())


def draw():
    gnuplot.stdin.write(plot.encode())
    gnuplot.stdin.flush()
    return read_picture(gnuplot.stdout)


peer.serve(draw, gnuplot.pid)
gnuplot.stdin.close()
