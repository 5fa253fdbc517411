// An index -> a plot, in units of one pixel so that its words keep their size.

const plot = document.getElementById("plot");
const LEFT = 44, RIGHT = 44, TOP = 18, FOOT = 22, BARS = 44, GAP = 8;
const DOTTED = 80; // periods up to which each has its dot
const APART = 84; // pixels between two days below the axis
let drawn = null; // the line that is shown, with its scales

function svg(tag, given, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function draw(line, range) {
  const width = Math.max(260, plot.clientWidth), height = width < 600 ? 280 : 340;
  const [first, last] = range, count = Math.max(1, last - first);
  const foot = height - FOOT, ground = foot - BARS - GAP;
  const top = Math.max(0.02, ...line.high.slice(first, last + 1), ...line.mean.slice(first, last + 1)) * 1.05;
  const inset = Math.min(12, (width - LEFT - RIGHT) / (2 * count + 2));
  // A period that stands alone stands in the middle.
  const x = (at) => LEFT + inset + (last > first ? (at - first) / count : 0.5) * (width - LEFT - RIGHT - 2 * inset);
  const y = (value) => ground - (value / top) * (ground - TOP);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  drawn = { line, range, x, y, ground, foot, width, count };
  root.append(...axes(top), ...days(), ...bars(), ...changes(), ...runs(line.mean, periods()).flatMap(curve));
  root.append(svg("line", { id: "mark", class: "mark" }), svg("circle", { id: "ring", class: "ring", r: 6 }));
  plot.replaceChildren(root);
}

function periods() {
  const [first, last] = drawn.range;
  return Array.from({ length: last - first + 1 }, (_, k) => first + k);
}

function axes(top) {
  const { line, y, width } = drawn, marks = [];
  for (const tick of ticks(top)) {
    marks.push(svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }));
    marks.push(svg("text", { class: "small end", x: LEFT - 6, y: y(tick) + 4 }, String(+tick.toFixed(3))));
    if (line.factor) marks.push(svg("text", { class: "small", x: width - RIGHT + 6, y: y(tick) + 4 }, (tick * line.factor).toFixed(0)));
  }
  marks.push(svg("text", { class: "small", x: 0, y: 11 }, page.of === "elevated" ? "share elevated or high" : `mean ${page.of}`));
  if (line.factor) marks.push(svg("text", { class: "small end", x: width, y: 11 }, "score"));
  return marks;
}

function ticks(top) {
  const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((size) => top / size <= 6) || 0.25, found = [];
  for (let tick = 0; tick <= top; tick += step) found.push(tick);
  return found;
}

function days() {
  const { range, x, foot, width, count } = drawn;
  const step = Math.max(1, Math.ceil(count / Math.max(1, Math.floor((width - LEFT - RIGHT) / APART)))), marks = [];
  for (let at = range[0]; at <= range[1]; at += step) {
    const rim = x(at) > width - 34; // there a day would be cut in its middle
    marks.push(svg("text", { class: rim ? "small end" : "small middle", x: rim ? width : x(at), y: foot + 16 }, page.starts[at]));
  }
  return marks;
}

// How many reports each mean is made of: few, and it says little.
function bars() {
  const { line, range, x, foot, count, width } = drawn, marks = [];
  const most = Math.max(1, ...line.n.slice(range[0], range[1] + 1));
  const thick = Math.max(1, Math.min(24, ((width - LEFT - RIGHT) / (count + 1)) * 0.7));
  for (let at = range[0]; at <= range[1]; at++) {
    const tall = line.n[at] ? Math.max(1, (BARS * line.n[at]) / most) : 0;
    if (tall) marks.push(svg("rect", { class: "count", x: x(at) - thick / 2, y: foot - tall, width: thick, height: tall }));
  }
  marks.push(svg("text", { class: "small end", x: LEFT - 6, y: foot - BARS + 10 }, String(most)), svg("text", { class: "small end", x: LEFT - 6, y: foot }, "n"));
  return marks;
}

function changes() {
  const { line, range, x, ground } = drawn;
  return line.changes.filter(([at]) => at > range[0] && at <= range[1]).flatMap(([at, sign]) => {
    const middle = (x(at - 1) + x(at)) / 2;
    return [
      svg("line", { class: "change", x1: middle, x2: middle, y1: TOP, y2: ground }),
      svg("text", { class: "turn middle", x: middle, y: TOP - 2 }, sign > 0 ? "▲" : "▼"),
    ];
  });
}

// Neighbouring periods that have a value; nothing is drawn across a gap.
function runs(values, periods) {
  const found = [];
  let open = false;
  for (const at of periods) {
    if (values[at] === null) open = false;
    else if (open) found[found.length - 1].push(at);
    else open = !!found.push([at]);
  }
  return found;
}

function curve(run) {
  const { line, x, y, count } = drawn, marks = runs(line.low, run).map(band);
  const points = run.map((at) => `${x(at).toFixed(1)},${y(line.mean[at]).toFixed(1)}`);
  marks.push(svg("polyline", { class: "join", points: points.join(" ") }));
  if (count <= DOTTED || run.length === 1) for (const at of run) marks.push(svg("circle", { class: "dot", cx: x(at), cy: y(line.mean[at]), r: 4 }));
  return marks;
}

// A band of one period has no width and is drawn as a bar.
function band(run) {
  const { line, x, y } = drawn, first = run[0];
  if (run.length === 1) return svg("line", { class: "bar", x1: x(first), x2: x(first), y1: y(line.low[first]), y2: y(line.high[first]) });
  const edge = (values) => run.map((at) => `${x(at).toFixed(1)},${y(values[at]).toFixed(1)}`);
  return svg("polygon", { class: "band", points: [...edge(line.low), ...edge(line.high).reverse()].join(" ") });
}

function point(at) {
  const { line, x, y, ground } = drawn;
  const mark = document.getElementById("mark"), ring = document.getElementById("ring");
  for (const [name, value] of [["x1", x(at)], ["x2", x(at)], ["y1", TOP], ["y2", ground]]) mark.setAttribute(name, value);
  ring.setAttribute("cx", x(at));
  ring.setAttribute("cy", line.mean[at] === null ? ground : y(line.mean[at]));
}

function told(at) {
  const { line } = drawn, days = page.starts[at] === page.ends[at] ? page.starts[at] : `${page.starts[at]} to ${page.ends[at]}`;
  if (!line.n[at]) return `${days}: no reports`;
  const band = line.low[at] === null ? "" : ` (${line.low[at].toFixed(3)} to ${line.high[at].toFixed(3)})`;
  const score = line.factor ? `, score ${(line.mean[at] * line.factor).toFixed(0)}` : "";
  const change = line.changes.find(([place]) => place === at);
  const level = change ? `, a ${change[1] > 0 ? "higher" : "lower"} level begins` : "";
  return `${days}: ${line.n[at].toLocaleString("en")} ${line.n[at] === 1 ? "report" : "reports"}, ${page.of === "elevated" ? "share" : "mean " + page.of} ${line.mean[at].toFixed(3)}${band}${score}${level}`;
}

// The period below a place of the pointer.
function nearest(clientX) {
  const { range, x } = drawn, given = clientX - plot.getBoundingClientRect().left;
  const step = drawn.count ? (x(range[1]) - x(range[0])) / drawn.count : 1;
  return Math.min(range[1], Math.max(range[0], range[0] + Math.round((given - x(range[0])) / (step || 1))));
}

function spark(line) {
  const root = svg("svg", { class: "spark", viewBox: "0 0 96 24", width: 96, height: 24, "aria-hidden": "true" });
  const top = Math.max(0.01, ...line.mean), step = 94 / Math.max(1, line.mean.length - 1);
  // A stroke begins anew after a period without reports: silence is not calm.
  const strokes = line.mean.map((mean, at) => (mean === null ? "" : `${at && line.mean[at - 1] !== null ? "L" : "M"}${(at * step + 1).toFixed(1)},${(23 - (mean / top) * 22).toFixed(1)}${line.mean[at + 1] ?? null ? "" : "h.1"}`));
  root.append(svg("path", { class: "join", d: strokes.join("") }));
  return root;
}
