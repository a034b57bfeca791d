"""What every peer process does beside drawing: it reads its load and answers on its input as `draw serve` does.

Used by the peers that are written in Python. A line `draw N` draws N charts and answers with the milliseconds of each, the bytes of a
picture and the process's peak memory; `save PATH` writes the last picture.
"""

import csv
import json
import sys
import time
from pathlib import Path


class Load:
    """A load as `draw export` wrote it: `look` is chart.json, `times` are Unix seconds, `columns` have None where a gap is."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.look = json.loads((self.folder / "chart.json").read_text())
        with open(self.folder / "data.csv", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            cells = [[float(cell) if cell else None for cell in row] for row in rows]
        self.times, *self.columns = map(list, zip(*cells))


def peak_kib(process):
    """VmHWM of a process id, or of "self"."""
    with open(f"/proc/{process}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def serve(draw, process="self"):
    """Answers until the input ends. `draw` returns a PNG; `process` is the one whose memory counts."""
    png = b""
    for line in sys.stdin:
        word, rest = line.rstrip("\n").split(" ", 1)
        if word == "draw":
            milliseconds = []
            for _ in range(int(rest)):
                start = time.perf_counter()
                png = draw()
                milliseconds.append((time.perf_counter() - start) * 1e3)
            answer = {"ms": milliseconds, "bytes": len(png), "peak_kib": peak_kib(process)}
        else:
            Path(rest).write_bytes(png)
            answer = {"saved": rest}
        print(json.dumps(answer), flush=True)
