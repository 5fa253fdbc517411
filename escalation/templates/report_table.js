// Chosen reports -> a table of which only the rows in view exist, and one report.

const view = document.getElementById("view"), grid = document.getElementById("grid"), body = document.getElementById("body");
const SPARE = 6; // rows beyond the view, so that scrolling meets no gap
const COLUMNS = [
  { name: "published", title: "Date", key: () => rows.day, text: dateOf },
  { name: "risk", title: "Risk", key: () => rows.risk, text: (row) => fraction("risk", row, 3), falling: true },
  { name: "level", title: "Level", key: () => rows.level, text: (row) => page.levels[rows.level[row]] || "–", falling: true },
  { name: "rung", title: "Rung", key: () => rows.rung, text: rungOf, falling: true },
  ...[["source", "Source"], ["countries", "Countries"], ["actors", "Actors"]].map(([name, title]) => ({ name, title, key: () => ranks(name), text: (row) => wordsOf(name, row).join(", ") })),
  { name: "id", title: "Report", key: () => ranked(page.id), text: (row) => page.id[row] },
].filter(({ name }) => !PLACES.includes(name) || page[name].names.length);
const ORDERS = {}; // column to rows in its order, made when it is first wanted
const BARRED = COLUMNS.findIndex(({ name }) => name === "risk"); // the column with a bar behind its number
const above = make("tr", { "aria-hidden": "true", class: "spacer" }), below = above.cloneNode();
const made = []; // rows that exist, to be written anew
let shown = new Uint32Array(0), active = 0, height = 36;

function rungOf(row) {
  return rows.rung[row] > 5 ? "–" : String(rows.rung[row]);
}

// Places in the order of words; sorting 50,000 words at each click would be slow.
function ranked(words) {
  const order = Uint32Array.from(words, (_, at) => at).sort((a, b) => (words[a] < words[b] ? -1 : words[a] > words[b] ? 1 : a - b));
  const ranks = new Uint32Array(words.length);
  order.forEach((at, rank) => (ranks[at] = rank && words[at] === words[order[rank - 1]] ? ranks[order[rank - 1]] : rank));
  return ranks;
}

function ranks(name) {
  const sets = ranked(page[name].sets.map((set) => set.map((at) => page[name].names[at]).join(", ")));
  return Uint32Array.from(rows[name], (set) => sets[set]);
}

function order(column) {
  if (!ORDERS[column.name]) {
    const key = column.key();
    ORDERS[column.name] = Uint32Array.from(key, (_, row) => row).sort((a, b) => key[a] - key[b] || b - a);
  }
  return ORDERS[column.name];
}

function headers(sorting, onSort) {
  document.getElementById("head").replaceChildren(...COLUMNS.map((column) => {
    const sorted = sorting.column === column ? (sorting.backwards ? "descending" : "ascending") : "none";
    const button = make("button", { type: "button", text: column.title + ({ ascending: " ▲", descending: " ▼" }[sorted] || "") });
    button.addEventListener("click", () => onSort(column));
    return make("th", { class: `of-${column.name}`, "aria-sort": sorted, scope: "col" }, button);
  }));
}

function show(found) {
  shown = found;
  active = 0;
  view.scrollTop = 0;
  grid.setAttribute("aria-rowcount", shown.length + 1);
  render();
}

function render() {
  const first = Math.max(0, Math.floor(view.scrollTop / height) - SPARE);
  // The view is as tall as its rows, up to three quarters of the window.
  const last = Math.min(shown.length, Math.ceil((view.scrollTop + 0.75 * innerHeight) / height) + SPARE);
  while (made.length < last - first) made.push(blank());
  for (let k = 0; k < last - first; k++) write(made[k], first + k);
  const there = [spacer(above, first), ...made.slice(0, last - first), spacer(below, shown.length - last)];
  if (body.children.length !== there.length) body.replaceChildren(...there);
  height = (last > first && made[0].offsetHeight) || height;
  if (last > first) grid.setAttribute("aria-activedescendant", `row-${active}`);
  else grid.removeAttribute("aria-activedescendant");
}

function spacer(made, count) {
  made.style.height = `${count * height}px`;
  return made;
}

// Rows are made once and written anew: scrolling makes no elements.
function blank() {
  return make("tr", {}, ...COLUMNS.map((column) => make("td", { class: `of-${column.name}`, role: "gridcell" }, make("bdi"))));
}

function write(made, at) {
  const row = shown[at];
  made.id = `row-${at}`;
  made.dataset.at = at;
  made.setAttribute("aria-rowindex", at + 2);
  made.setAttribute("aria-selected", String(at === active));
  COLUMNS.forEach((column, k) => (made.children[k].firstChild.textContent = column.text(row)));
  made.children[BARRED].style.setProperty("--risk", `${rows.risk[row] / (SCALE / 100)}%`);
}

function go(at) {
  active = Math.max(0, Math.min(shown.length - 1, at));
  const head = grid.tHead.offsetHeight, top = active * height;
  if (top < view.scrollTop) view.scrollTop = top;
  else if (top + height > view.scrollTop + view.clientHeight - head) view.scrollTop = top + height + head - view.clientHeight;
  render();
}

function open(row) {
  document.getElementById("name").replaceChildren(make("bdi", { text: page.id[row] || "Report" }));
  document.getElementById("facts").replaceChildren(...facts(row).flatMap(([name, value]) => [make("dt", { text: name }), make("dd", {}, make("bdi", { text: value }))]));
  document.getElementById("text").replaceChildren(...passage(page.texts[row]));
  const dialog = document.getElementById("report");
  dialog.showModal();
  dialog.scrollTop = 0;
}

function facts(row) {
  const found = [
    ["Risk", `${fraction("risk", row, 3)} (${fraction("low", row, 3)} to ${fraction("high", row, 3)}), ${page.levels[rows.level[row]] || "–"}`],
    ["Published", dateOf(row)],
    ["Rung", `${rungOf(row)}, evidence ${wordsOf("evidence", row)[0] || "–"}`],
    ["Scores", `acts ${fraction("acts", row, 2)}, threats ${fraction("threats", row, 2)}, restraint ${fraction("restraint", row, 2)}`],
  ];
  for (const [name, title] of [["source", "Source"], ["countries", "Countries"], ["actors", "Actors"]]) if (wordsOf(name, row).length) found.push([title, wordsOf(name, row).join(", ")]);
  return found;
}

function passage(text) {
  if (!text) return [make("p", { class: "soft", text: "The text is not in this page. It carries those of the riskiest reports of each period, where it was made with the archive." })];
  const [baseline, sentences, left] = text;
  const sum = sentences.reduce((total, [share]) => total + share, baseline);
  const made = [make("p", { class: "soft", text: `Shares in log-odds: baseline ${signed(baseline)}${left ? "" : `, with all sentences ${signed(sum)}`}. + raises, − lowers the risk; cues are underlined.` })];
  made.push(make("div", { class: "sentences" }, ...sentences.map(sentence)));
  if (left) made.push(make("p", { class: "soft", text: `${left} more sentences are not in this page.` }));
  return made;
}

function sentence([share, parts, cues]) {
  const words = make("p", { dir: "auto" }, ...parts.map((part) => (typeof part === "string" ? part : make("u", { class: `cue ${side(part[1])}`, text: part[0] }))));
  const said = make("div", { class: `said ${side(share)}` }, words);
  // A stronger tint for a larger share; beyond 1 it says no more.
  said.style.setProperty("--tint", String(Math.min(1, Math.abs(share)) * 0.4));
  if (cues.length) said.append(make("p", { class: "soft cues" }, ...cues.map(([sign, name, phrase, how]) => make("bdi", { text: `${sign > 0 ? "+" : sign < 0 ? "−" : "·"} ${name.replaceAll("_", " ")} “${phrase}” ${how}` }))));
  return make("div", { class: "row" }, make("span", { class: `share ${Math.abs(share) < 0.05 ? "" : side(share)}`, text: Math.abs(share) < 0.005 ? "0" : signed(share) }), said);
}

function signed(value) {
  return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);
}

function side(value) {
  return value > 0 ? "up" : value < 0 ? "down" : "";
}
