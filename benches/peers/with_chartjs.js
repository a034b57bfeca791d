// Draws a load with Chart.js on node-canvas, as QuickChart does: `with_chartjs.js FOLDER FONT-FOLDER NODE-MODULES`.
//
// Points are {x, y} already, Chart.js is told that they are sorted, and thins dense lines with its own decimation. Animation is off.
// Answers on its input as `draw serve` does.
"use strict";
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const { createRequire } = require("module");

const [folder, fonts, modules] = process.argv.slice(2);
const load = createRequire(path.join(modules, "any.js"));
const { createCanvas, registerFont } = load("canvas");
for (const font of fs.readdirSync(fonts).filter((name) => name.endsWith(".otf"))) {
  const weight = font.includes("SemiBold") ? "bold" : "normal";
  registerFont(path.join(fonts, font), { family: "Pretendard JP", weight });
}
const { Chart } = load("chart.js/auto");

const look = JSON.parse(fs.readFileSync(path.join(folder, "chart.json"), "utf8"));
const rows = fs.readFileSync(path.join(folder, "data.csv"), "utf8").trimEnd().split("\n").slice(1);
const cells = rows.map((row) => row.split(",").map((cell) => (cell === "" ? NaN : Number(cell))));
const series = look.names.map((_, n) => cells.map((row) => ({ x: row[0], y: row[n + 1] })));

const hours = (look.end - look.start) / 3600;
const step = 3600 * (hours <= 24 ? 3 : hours <= 96 ? 12 : 24);
const label = (second) => new Date(second * 1000).toISOString().slice(...(step < 43200 ? [11, 16] : [5, 10]));
const ground = {
  id: "ground",
  beforeDraw: ({ ctx, width, height }) => {
    ctx.fillStyle = "#ffffff";
    ctx.fillRect(0, 0, width, height);
  },
};

Chart.defaults.font.family = "Pretendard JP";

function options() {
  return {
    animation: false,
    responsive: false,
    devicePixelRatio: 1,
    parsing: false,
    normalized: true,
    events: [],
    elements: { point: { radius: 0 } },
    scales: {
      x: { type: "linear", min: look.start, max: look.end, ticks: { stepSize: step, maxTicksLimit: 24, callback: label } },
      y: { type: "linear" },
    },
    plugins: {
      title: { display: true, text: look.title, font: { size: 15 } },
      legend: { position: "bottom", labels: { boxHeight: 2, boxWidth: 14 } },
      decimation: { enabled: true, algorithm: "min-max" },
    },
  };
}

function draw() {
  const canvas = createCanvas(look.width, look.height);
  const datasets = series.map((data, n) => ({
    data,
    label: look.names[n],
    borderColor: look.colours[n],
    backgroundColor: look.colours[n],
    borderWidth: look.line_width,
  }));
  const chart = new Chart(canvas, { type: "line", data: { datasets }, options: options(), plugins: [ground] });
  const png = canvas.toBuffer("image/png");
  chart.destroy();
  return png;
}

function peakKib() {
  return Number(/^VmHWM:\s*(\d+)/m.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]);
}

let png = Buffer.alloc(0);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [word, rest] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
  let answer = { saved: rest };
  if (word === "draw") {
    const ms = [];
    for (let n = 0; n < Number(rest); n++) {
      const start = process.hrtime.bigint();
      png = draw();
      ms.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    answer = { ms, bytes: png.length, peak_kib: peakKib() };
  } else {
    fs.writeFileSync(rest, png);
  }
  console.log(JSON.stringify(answer));
});
