// A number opens its record: samples, facts, commands. Everything is put in as text, never as markup.
const store = document.getElementById("records");
let parsed = null;
const known = () => (parsed ??= JSON.parse(store.textContent));
const written = (value, [, unit, factor, digits], precise) => {
  if (value === null) return "not finite";
  const rule = precise ? { maximumSignificantDigits: 6 } : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const text = (value * factor).toLocaleString("en-US", rule).replace("-", "−");
  return unit && !precise ? `${text}\u00a0${unit}` : text;
};
const quantile = (sorted, part) => {
  const place = part * (sorted.length - 1), low = Math.floor(place);
  return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
};
const drawn = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
// One strip of dots for each arm over a shared axis, a bar at each median.
const strips = (arms, metric) => {
  const all = arms.flatMap(([, samples]) => samples).filter((value) => value !== null);
  const low = Math.min(...all), high = Math.max(...all), left = 84, width = 480, row = 30;
  const at = (value) => left + (high > low ? (value - low) / (high - low) : 0.5) * (width - left - 20) + 5;
  const base = arms.length * row + 4;
  const picture = drawn("svg", { class: "panel strips", viewBox: `0 0 ${width} ${base + 18}`, role: "img" });
  arms.forEach(([label, samples], arm) => {
    const y = arm * row + 17, finite = samples.filter((value) => value !== null).sort((a, b) => a - b);
    if (!finite.length) return;
    const middle = at(quantile(finite, 0.5));
    picture.append(drawn("text", { x: left - 10, y: y + 3, class: "end" }, label));
    finite.forEach((value, place) => picture.append(drawn("circle", { class: `sample-${arm}`, cx: at(value).toFixed(1), cy: y + ((place * 3) % 7) - 3, r: 3 })));
    picture.append(drawn("path", { class: "median", d: `M${middle.toFixed(1)} ${y - 11}v22` }));
  });
  picture.append(drawn("path", { class: "rule", d: `M${left} ${base}H${width - 10}` }));
  picture.append(drawn("text", { x: left, y: base + 13 }, written(low, metric)), drawn("text", { x: width - 10, y: base + 13, class: "end" }, written(high, metric)));
  picture.setAttribute("aria-label", arms.map(([label, samples]) => `${label}: ${samples.length} samples`).join("; ") + `; from ${written(low, metric)} to ${written(high, metric)}`);
  return picture;
};
const lists = (arms, metric) => made("pre", { tabindex: "0" }, arms.map(([label, samples]) => `${label}\n${samples.map((value) => written(value, metric, true)).join("  ")}`).join("\n\n"));
// What a change is judged by; nothing of the reference itself.
const ratiosOf = (arms) => {
  const reference = arms.find(([name]) => name === "reference")?.[1] ?? [], own = arms[0][1];
  const ratios = reference.map((value, round) => own[round] / value).filter(Number.isFinite);
  return ratios.some((ratio) => ratio !== 1) ? ratios : [];
};
const repeated = ({ metrics, series }, [metric, samples, , count, ...others]) => {
  const kind = metrics[metric], own = series[samples], [title, unit, , , per] = kind;
  const arms = [["this variant", own], ...others.map(([arm, place]) => [arm, series[place]])];
  const sorted = own.filter((value) => value !== null).sort((a, b) => a - b);
  const heading = made("h3", {}, title, unit && unit !== title ? `, ${unit}` : "");
  const few = count > own.length ? ` (the first ${own.length} shown)` : "";
  const raw = made("details", {}, made("summary", {}, per ? `One number per ${per}` : "Raw samples, in their order"), lists(arms, kind));
  const ratios = ratiosOf(arms);
  const paired = ratios.length ? [made("p", { class: "note" }, `Over the reference of the same round: median ×${quantile([...ratios].sort((a, b) => a - b), 0.5).toFixed(3)}`), strips([["ratio", ratios]], ["", "", 1, 3])] : [];
  if (per || !sorted.length) return [heading, made("p", { class: "note" }, `${count} values, one per ${per || "sample"}${few}`), raw];
  const middle = `median ${written(quantile(sorted, 0.5), kind)}, quartiles ${written(quantile(sorted, 0.25), kind)} to ${written(quantile(sorted, 0.75), kind)}`;
  return [heading, made("p", { class: "note" }, `${count} samples${few}: ${middle}`), strips(arms, kind), ...paired, raw];
};
const single = ({ metrics, series }, numbers) => {
  const body = made("tbody");
  for (const [metric, samples, interval] of numbers) {
    const kind = metrics[metric], value = series[samples];
    const limits = interval ? `[${interval.map((limit) => written(limit, kind)).join(", ")}]` : "";
    const text = value.length ? written(value[0], kind) : "none: nothing to score";
    body.append(made("tr", {}, made("th", { scope: "row" }, kind[0]), made("td", { class: "r" }, text), made("td", { class: "r" }, limits)));
  }
  const head = made("thead", {}, made("tr", {}, ...["Metric", "Value", "Interval"].map((name) => made("th", { scope: "col" }, name))));
  return made("table", { class: "values" }, made("caption", { class: "unseen" }, "Numbers of this record"), head, body);
};
const numbersOf = (data, numbers) => {
  const many = numbers.filter(([, , , count]) => count > 1), few = numbers.filter(([, , , count]) => count < 2);
  return [...many.flatMap((each) => repeated(data, each)), ...(few.length ? [single(data, few)] : [])];
};
const factsOf = ({ texts }, facts) => {
  const list = made("dl");
  facts.forEach(([name, value]) => list.append(made("dt", {}, texts[name]), made("dd", {}, texts[value])));
  return [made("h3", {}, "How it came about"), list];
};
const contents = (record) => {
  const data = known(), parts = [];
  if (record.error !== undefined) {
    parts.push(made("h3", {}, "Failed"), made("p", { class: "failed" }, record.error));
    if (record.log) parts.push(made("pre", { tabindex: "0" }, record.log));
  }
  parts.push(...numbersOf(data, record.numbers ?? []));
  for (const note of record.notes ?? []) parts.push(made("p", { class: "note" }, `Note: ${data.texts[note]}`));
  const commands = `${record.show}\n${record.again}`;
  parts.push(made("h3", {}, "See it, measure it anew"), made("pre", { tabindex: "0", class: "commands" }, commands));
  return [...parts, ...factsOf(data, record.facts)];
};
const title = made("h2", { id: "record-title", tabindex: "-1" }), under = made("p", { class: "lede" }), inside = made("div");
const shut = made("button", { type: "button", class: "shut" }, "Close");
const sheet = made("dialog", { class: "record", "aria-labelledby": "record-title" }, shut, title, under, inside);
const opened = (number) => {
  const data = known(), record = data.records[number];
  title.textContent = data.texts[record.name];
  under.textContent = data.texts[record.title];
  inside.replaceChildren(...contents(record));
  sheet.showModal();
  sheet.scrollTop = 0;
};
// One tab stop for each table; arrows go from number to number.
const visible = (button) => button.offsetParent !== null;
const stop = (table, button) => {
  table.querySelectorAll('.drill[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
  if (button) button.tabIndex = 0;
};
const beside = (button, across, down) => {
  let cell = button.closest("td"), row = cell.parentElement;
  const column = cell.cellIndex;
  for (;;) {
    cell = across ? (across > 0 ? cell.nextElementSibling : cell.previousElementSibling) : null;
    if (down) row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (down) cell = row?.cells[column];
    if (!cell) return null;
    const found = cell.querySelector(".drill");
    if (found && visible(found)) return found;
  }
};
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// Rows that are laid out get their buttons when they are, the others when they come.
const buttoned = (table) => {
  for (const cell of table.querySelectorAll("tbody > tr:not(.later):not([hidden]) > td[data-r]:not([data-open])")) {
    const text = cell.querySelector(".text");
    cell.dataset.open = "";
    text.prepend(made("button", { type: "button", class: "drill", tabindex: "-1", "aria-haspopup": "dialog" }, text.firstChild));
  }
};
const drillable = (table) => {
  const refresh = () => {
    buttoned(table);
    const now = table.querySelector('.drill[tabindex="0"]');
    if (!now || !visible(now)) stop(table, [...table.querySelectorAll(".drill")].find(visible));
  };
  table.addEventListener("click", (event) => {
    const button = event.target.closest(".drill");
    if (button) opened(Number(button.closest("td").dataset.r));
  });
  table.addEventListener("focusin", (event) => event.target.matches(".drill") && stop(table, event.target));
  table.addEventListener("keydown", (event) => {
    if (!MOVES[event.key] || !event.target.matches(".drill")) return;
    const next = beside(event.target, ...MOVES[event.key]);
    if (next) { event.preventDefault(); next.focus(); }
  });
  table.addEventListener("laid-out", refresh);
  buttoned(table);
  stop(table, table.querySelector(".drill"));
};
if (store) {
  document.body.append(sheet);
  shut.addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  new Set([...document.querySelectorAll("td[data-r]")].map((cell) => cell.closest("table"))).forEach(drillable);
}
