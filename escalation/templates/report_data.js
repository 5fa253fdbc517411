"use strict";
// Columns of the page -> the reports that are chosen, and their index.

const page = JSON.parse(document.getElementById("data").textContent);
const SCALE = 10000, NOTHING = 65535, DAY = 864e5;
const PLACES = ["countries", "actors", "source"];
const Z = 1.959963984540054; // standard errors of a 95 % band

function numbers(column) {
  const text = atob(column.data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array }[column.type](bytes.buffer);
}

const rows = { id: page.id };
for (const name of ["day", "period", "level", "rung", "risk", "low", "high", "acts", "threats", "restraint"]) rows[name] = numbers(page[name]);
for (const name of [...PLACES, "evidence"]) rows[name] = numbers(page[name].rows);
const COUNT = rows.day.length;
const FIRST = Date.parse(page.first) / DAY;

function everything() {
  return { countries: -1, actors: -1, source: -1, levels: page.levels.map(() => true).concat(true), from: -Infinity, to: Infinity, period: -1 };
}

// The reports that are chosen, in the order given, and the index of them. The
// period narrows the table only: the plot must go on showing its neighbours.
function choose(choice, order, backwards) {
  const found = new Uint32Array(COUNT), sums = page.starts.map(() => [0, 0, 0]);
  const fits = PLACES.map((name) => holding(name, choice[name])), codes = PLACES.map((name) => rows[name]);
  const value = page.of === "elevated" ? null : rows[page.of];
  let n = 0;
  for (let k = 0; k < COUNT; k++) {
    const row = order[backwards ? COUNT - 1 - k : k];
    const day = rows.day[row];
    if (!choice.levels[rows.level[row]] || day < choice.from || day > choice.to) continue;
    if (!(fits[0][codes[0][row]] && fits[1][codes[1][row]] && fits[2][codes[2][row]])) continue;
    const at = rows.period[row], sum = sums[at];
    const x = value ? value[row] / SCALE : +(rows.level[row] === 3 || rows.level[row] === 4);
    sum[0]++;
    sum[1] += x;
    sum[2] += x * x;
    if (choice.period < 0 || choice.period === at) found[n++] = row;
  }
  return { rows: found.subarray(0, n), line: ready(choice) || computed(sums) };
}

// For each set of words whether it has the one that is wanted.
function holding(name, wanted) {
  return Uint8Array.from(page[name].sets, (set) => +(wanted < 0 || set.includes(wanted)));
}

// The line that was made with the page, with resampled bands and changes of
// level, where the choice is all reports or one of the groups.
function ready(choice) {
  if (choice.levels.includes(false) || choice.from > -Infinity || choice.to < Infinity) return null;
  const set = PLACES.filter((name) => choice[name] >= 0);
  if (set.length > 1 || (set.length === 1 && set[0] !== page.by)) return null;
  const name = set.length ? page[set[0]].names[choice[set[0]]] : "";
  return page.lines.find((line) => line.name === name) || null;
}

function computed(sums) {
  const line = { n: [], mean: [], low: [], high: [], changes: [], computed: true };
  for (const [n, sum, squares] of sums) {
    const mean = n ? sum / n : null;
    const room = n > 1 ? Z * Math.sqrt(Math.max(0, squares - sum * mean) / (n - 1) / n) : null;
    line.n.push(n);
    line.mean.push(mean);
    line.low.push(room === null ? null : Math.max(0, mean - room));
    line.high.push(room === null ? null : Math.min(1, mean + room));
  }
  line.factor = factor(line.mean);
  return line;
}

// 100 is the mean of the periods within the base, as in build_index.
function factor(means) {
  const [start, end] = page.base || ["", "9999"];
  const usual = means.filter((mean, at) => mean !== null && page.starts[at] >= start && page.ends[at] <= end);
  const total = usual.reduce((sum, mean) => sum + mean, 0);
  return total > 0 ? (100 * usual.length) / total : null;
}

function dateOf(row) {
  return new Date((FIRST + rows.day[row]) * DAY).toISOString().slice(0, 10);
}

function wordsOf(name, row) {
  return page[name].sets[rows[name][row]].map((at) => page[name].names[at]);
}

function fraction(name, row, digits) {
  const value = rows[name][row];
  return value === NOTHING ? "–" : (value / SCALE).toFixed(digits);
}

// Everything from reports goes into the page by textContent, never as HTML.
function make(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "text") made.textContent = value;
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}
