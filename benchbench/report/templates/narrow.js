// Tables of several rows get a filter, wide ones a choice of columns.
const made = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
};
const FEWEST_ROWS = 6, FEWEST_COLUMNS = 4;
// Only the first rows that fit are laid out; a button brings more of them.
const layOut = (table) => {
  const most = table.limit ?? Infinity;
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    if (!row.hidden) shown += 1;
    row.classList.toggle("later", !row.hidden && shown > most);
  }
  if (table.more) {
    table.more.hidden = shown <= most;
    table.more.firstChild.textContent = `Show ${Math.min(shown - most, table.step).toLocaleString("en-US")} more of ${shown.toLocaleString("en-US")} rows`;
  }
  table.dispatchEvent(new Event("laid-out"));
};
const windowed = (table) => {
  const step = Number(table.dataset.window);
  Object.assign(table, { limit: step, step, more: made("p", { class: "more" }, made("button", { type: "button" })) });
  table.more.firstChild.addEventListener("click", () => {
    const first = table.querySelector("tr.later");
    table.limit += step;
    layOut(table);
    first?.querySelector('.drill, a, button')?.focus();
  });
  table.closest(".box").after(table.more);
};
const reveal = () => {
  const row = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("tr.later, tr[hidden]");
  if (!row) return;
  row.hidden = false;
  row.classList.remove("later");
  row.scrollIntoView();
};
const filterOf = (table, name) => {
  const field = made("input", { type: "search", id: `filter-${name}`, autocomplete: "off", spellcheck: "false", placeholder: "words, −without" });
  const told = made("span", { role: "status", class: "told" });
  const rows = [...table.tBodies[0].rows], texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter((word) => /[^-−]/.test(word));
    let shown = 0;
    for (const row of rows) {
      const fits = words.every((word) => (/^[-−]/.test(word) ? !textOf(row).includes(word.slice(1)) : textOf(row).includes(word)));
      if (row.hidden === fits) row.hidden = !fits;
      shown += fits;
    }
    told.textContent = words.length ? `${shown.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} rows` : "";
    layOut(table);
  };
  field.addEventListener("input", apply);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault();
    field.value = "";
    apply();
  });
  return [made("label", { for: field.id }, "Filter rows"), field, told];
};
const show = (table, hidden) => {
  const sheet = (table.chosen ??= document.head.appendChild(made("style")));
  const place = `#${CSS.escape(table.id)} >`;
  sheet.textContent = [...hidden].map((column) => `${place} thead > tr:last-child > :nth-child(${column + 1}), ${place} tbody > tr > :nth-child(${column + 1}) { display: none; }`).join("\n");
  let first = 0;
  for (const group of table.querySelectorAll("tr.groups > *")) {
    group.span ??= group.colSpan;
    const left = Array.from({ length: group.span }, (_, place) => first + place).filter((column) => !hidden.has(column)).length;
    group.hidden = !left;
    group.colSpan = left || 1;
    first += group.span;
  }
  table.dispatchEvent(new Event("laid-out"));
};
const columnsOf = (table) => {
  const hidden = new Set(), headings = headingsOf(table);
  const summary = made("summary", {}, "Columns"), list = made("fieldset", {}, made("legend", {}, "Columns to show"));
  headings.slice(1).forEach((heading, place) => {
    const box = made("input", { type: "checkbox" });
    box.checked = true;
    box.addEventListener("change", () => {
      hidden[box.checked ? "delete" : "add"](place + 1);
      summary.textContent = hidden.size ? `Columns (${headings.length - 1 - hidden.size} of ${headings.length - 1})` : "Columns";
      show(table, hidden);
    });
    list.append(made("label", {}, box, ` ${heading.textContent.trim()}`));
  });
  const choice = made("details", { class: "columns" }, summary, list);
  const close = () => { choice.open = false; };
  // From wherever the focus is: a click on the list's own ground leaves it nowhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !choice.open || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    close();
    if (choice.contains(document.activeElement) || document.activeElement === document.body) summary.focus();
  });
  document.addEventListener("click", (event) => choice.contains(event.target) || close());
  return choice;
};
document.querySelectorAll("table.sortable").forEach((table) => {
  const name = table.querySelector("caption").id.replace("caption-", "");
  table.id ||= `table-${name}`;
  const isLong = table.tBodies[0].rows.length >= FEWEST_ROWS;
  const isWide = table.classList.contains("grid") && headingsOf(table).length >= FEWEST_COLUMNS;
  if (table.dataset.window) windowed(table);
  table.addEventListener("reordered", () => layOut(table));
  if (!isLong && !isWide) return;
  const tools = made("div", { class: "tools", role: "group", "aria-label": `Rows and columns: ${table.caption.textContent.trim()}` });
  if (isLong) tools.append(...filterOf(table, name));
  if (isWide) tools.append(columnsOf(table));
  table.closest(".box").before(tools);
});
document.querySelectorAll("table[data-window]").forEach(layOut);
window.addEventListener("hashchange", reveal);
reveal();
