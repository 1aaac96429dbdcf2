"use strict";
// Column headings become buttons that sort their table; without this script everything is there, unsorted.
const byValue = (order) => ([a], [b]) => {
  if (a === null || b === null) return (a === null) - (b === null);
  const sign = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
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
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [valueOf(row.cells[column]), row]);
  rows.sort(byValue(order)).forEach(([, row]) => body.append(row));
};
document.querySelectorAll("table.sortable").forEach((table) => {
  [...[...table.tHead.rows].at(-1).cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(table, heading, column));
    heading.append(button);
  });
});
