// What the reader does -> what is shown.

const element = (id) => document.getElementById(id);
const sorting = { column: COLUMNS.find(({ name }) => name === "risk"), backwards: true };
let choice = everything(), at = page.starts.length - 1;

function update() {
  const found = choose(choice, order(sorting.column), sorting.backwards);
  draw(found.line, visible());
  look(Math.max(drawn.range[0], Math.min(drawn.range[1], at)));
  show(found.rows);
  tell(found);
}

function sort(column) {
  sorting.backwards = sorting.column === column ? !sorting.backwards : !!column.falling;
  sorting.column = column;
  headers(sorting, sort);
  show(choose(choice, order(column), sorting.backwards).rows);
  // The button that was pressed is a new one now.
  element("head").children[COLUMNS.indexOf(column)].firstChild.focus({ preventScroll: true });
}

// First and last period of the days that are chosen.
function visible() {
  const day = (text) => Date.parse(text) / DAY - FIRST;
  const first = page.ends.findIndex((end) => day(end) >= choice.from), after = page.starts.findIndex((start) => day(start) > choice.to);
  const last = after < 0 ? page.starts.length - 1 : Math.max(0, after - 1);
  return [first < 0 ? last : Math.min(first, last), last];
}

function tell(found) {
  const line = found.line, n = found.rows.length;
  element("count").textContent = `Reports: ${n.toLocaleString("en")} of ${COUNT.toLocaleString("en")}`;
  element("chosen").hidden = choice.period < 0;
  element("period").textContent = choice.period < 0 ? "" : `Only of ${page.starts[choice.period]} to ${page.ends[choice.period]}.`;
  const base = page.base ? `the days ${page.base[0]} to ${page.base[1]}` : "all periods";
  const turns = line.changes.length ? "Dotted: a higher ▲ or lower ▼ level begins." : "No change of level was found.";
  const band = line.computed ? "The band is 1.96 standard errors of the chosen reports; changes of level are not looked for in a choice of one's own." : `The band is 95 %, from reports resampled. ${turns}`;
  element("method").textContent = `Score 100 is the mean of ${base}. ${band} Below, n: how many reports.`;
  element("title").replaceChildren("Index", make("bdi", { text: named() }));
  for (const button of element("groups").children) button.setAttribute("aria-pressed", String(Number(button.dataset.at) === choice[page.by]));
}

function named() {
  const names = PLACES.filter((name) => choice[name] >= 0).map((name) => page[name].names[choice[name]]);
  if (choice.levels.includes(false)) names.push("some levels");
  if (choice.from > -Infinity || choice.to < Infinity) names.push("some days");
  return names.length ? `: ${names.join(", ")}` : ": all reports";
}

function look(period) {
  at = period;
  point(at);
  element("readout").textContent = told(at);
  for (const [name, value] of [["aria-valuemax", page.starts.length - 1], ["aria-valuenow", at], ["aria-valuetext", told(at)]]) plot.setAttribute(name, value);
}

function only(period) {
  choice.period = period;
  update();
  if (period >= 0) {
    view.scrollIntoView({ block: "nearest" });
    grid.focus({ preventScroll: true });
  }
}

function fill(name) {
  const { names, counts } = page[name], select = element(name);
  element(`of-${name}`).hidden = !names.length;
  select.append(make("option", { value: -1, text: "all" }), ...names.map((word, place) => make("option", { value: place, text: `${word} (${counts[place].toLocaleString("en")})` })));
  select.addEventListener("change", () => {
    choice[name] = Number(select.value);
    update();
  });
}

// A button for each group: its name and the shape of its index.
function offer() {
  const groups = PLACES.includes(page.by) ? page.lines.slice(1) : [];
  element("groups").hidden = !groups.length;
  element("groups").append(...groups.map((line) => {
    const place = page[page.by].names.indexOf(line.name);
    const button = make("button", { type: "button", "data-at": place, "aria-pressed": "false" }, make("bdi", { text: line.name }), spark(line));
    button.addEventListener("click", () => {
      choice[page.by] = choice[page.by] === place ? -1 : place;
      element(page.by).value = choice[page.by];
      update();
    });
    return button;
  }));
}

function reset() {
  choice = everything();
  for (const name of PLACES) element(name).value = -1;
  for (const box of element("levels").querySelectorAll("input")) box.checked = true;
  const end = new Date((FIRST + rows.day[COUNT - 1]) * DAY).toISOString().slice(0, 10);
  for (const [name, value] of [["from", page.first], ["to", end]]) {
    element(name).value = value;
    element(name).min = page.first;
    element(name).max = end;
  }
}

function dated(name, limit, none) {
  element(name).addEventListener("change", ({ target }) => {
    const day = Date.parse(target.value) / DAY - FIRST;
    choice[name] = Number.isNaN(day) || target.value === limit() ? none : day;
    update();
  });
}

function watch() {
  const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Enter") only(at);
    else if (event.key in moves) look(Math.max(drawn.range[0], Math.min(drawn.range[1], at + moves[event.key])));
    else return;
    event.preventDefault();
  });
  plot.addEventListener("pointermove", (event) => look(nearest(event.clientX)));
  plot.addEventListener("click", (event) => only(nearest(event.clientX)));
  const steps = () => ({ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity });
  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid) return;
    if (event.key === "Enter" && shown.length) open(shown[active]);
    else if (event.key in steps()) go(active + steps()[event.key]);
    else return;
    event.preventDefault();
  });
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-at]");
    if (!row) return;
    go(Number(row.dataset.at));
    grid.focus({ preventScroll: true });
    open(shown[active]);
  });
  let waiting = false;
  view.addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(() => ((waiting = false), render()));
    waiting = true;
  }, { passive: true });
  element("levels").addEventListener("change", ({ target }) => {
    choice.levels[Number(target.value)] = target.checked;
    update();
  });
  element("reset").addEventListener("click", () => (reset(), update()));
  element("anytime").addEventListener("click", () => (only(-1), plot.focus()));
  element("close").addEventListener("click", () => element("report").close());
  element("report").addEventListener("click", (event) => event.target === element("report") && element("report").close());
  dated("from", () => element("from").min, -Infinity);
  dated("to", () => element("to").max, Infinity);
  // A plot has the width of its window; its first size is told at once and already drawn.
  let width = plot.clientWidth;
  new ResizeObserver(() => {
    if (plot.clientWidth === width) return;
    width = plot.clientWidth;
    draw(drawn.line, drawn.range);
    point(at);
    render();
  }).observe(plot);
}

for (const name of PLACES) fill(name);
offer();
reset();
headers(sorting, sort);
update();
watch();
