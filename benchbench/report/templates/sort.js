"use strict";
// Column headings become buttons that sort their table; without this script everything is there, unsorted.
const collator = new Intl.Collator();
const byValue = (order) => ([a], [b]) => {
  if (a === null || b === null) return (a === null) - (b === null);
  const sign = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return order * sign;
};
const valueOf = (cell) => {
  if (!cell.hasAttribute("data-sort")) return cell.querySelector(".text")?.textContent.trim() || null;
  const text = cell.getAttribute("data-sort");
  return text === "" ? null : Number(text);
};
const sortBy = (table, heading, column) => {
  const order = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", order > 0 ? "ascending" : "descending");
  const body = table.tBodies[0], after = body.nextSibling;
  const rows = [...body.rows].map((row) => [valueOf(row.cells[column]), row]).sort(byValue(order));
  body.remove(); // rows of a table that is not shown move at no cost
  body.append(...rows.map(([, row]) => row));
  table.insertBefore(body, after);
  table.dispatchEvent(new Event("reordered"));
};
const headingsOf = (table) => [...[...table.tHead.rows].at(-1).cells];
document.querySelectorAll("table.sortable").forEach((table) => {
  headingsOf(table).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(table, heading, column));
    heading.append(button);
  });
});
