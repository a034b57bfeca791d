"""Draws a load with matplotlib's Agg: `with_matplotlib.py FOLDER FONT-FOLDER`.

Times are matplotlib's own numbers already. Every chart is a new figure without pyplot, which would keep it, and without the slow
automatic layout: the room for the legend is reckoned here.
"""

import io
import sys
from pathlib import Path

import matplotlib
import numpy
import peer
from matplotlib import dates, font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 100
PIXEL = 72 / DPI
COLUMNS = 5
LEGEND_ROW = 17

for font in Path(sys.argv[2]).glob("*.otf"):
    font_manager.fontManager.addfont(font)
matplotlib.rcParams.update({"font.family": "Pretendard JP", "font.size": 12 * PIXEL, "axes.titlesize": 15 * PIXEL})

load = peer.Load(sys.argv[1])
look = load.look
times = numpy.array(load.times) / 86_400
columns = [numpy.array(column, dtype=float) for column in load.columns]
names = len(look["names"])
legend_pixels = LEGEND_ROW * -(-names // COLUMNS) + 28


def draw():
    width, height = look["width"], look["height"]
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((50 / width, (30 + legend_pixels) / height, 1 - 70 / width, 1 - (70 + legend_pixels) / height))
    for number, (values, colour, name) in enumerate(zip(columns, look["colours"], look["names"])):
        axes.plot(times, values, color=colour, linewidth=look["line_width"] * PIXEL, label=name, zorder=3 - number * 1e-3)
    locator = dates.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.set_xlim(look["start"] / 86_400, look["end"] / 86_400)
    axes.grid(True, color="#e8eaed")
    axes.set_title(look["title"])
    spacing = {"labelspacing": 0.25, "columnspacing": 1, "handlelength": 1, "handletextpad": 0.5}
    figure.legend(loc="lower center", ncol=min(COLUMNS, names), frameon=False, **spacing)
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file)
    return file.getvalue()


peer.serve(draw)
