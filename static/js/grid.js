// Roving focus for role="grid": one Tab stop for the whole grid, arrows inside it (ARIA grid pattern).
// It moves focus and nothing else; editing is links, forms and htmx. Cells are read from the page at every key,
// so that a swapped row needs no registration.

const rowsOf = (grid) => [...grid.querySelectorAll("tr:not([hidden])")].map((row) => [...row.querySelectorAll(".cell")]).filter((cells) => cells.length);

// Without this file every shift is an ordinary link in the Tab order; with it the grid is one stop.
function prepare(root = document) {
  for (const control of root.querySelectorAll("[role=grid] .cell > :is(a, button)")) control.tabIndex = -1;
  for (const cell of root.querySelectorAll("[role=grid] .cell:not([tabindex])")) cell.tabIndex = -1;
  for (const grid of document.querySelectorAll("[role=grid]")) {
    if (!grid.querySelector(".cell[tabindex='0']")) grid.querySelector(".cell")?.setAttribute("tabindex", "0");
  }
}

function makeStop(grid, cell) {
  grid.querySelector(".cell[tabindex='0']")?.setAttribute("tabindex", "-1");
  cell.tabIndex = 0;
}

// Sticky head, foot and names cover the edges: scroll until the focused cell is clear of them (WCAG 2.4.11).
function uncover(grid, cell) {
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  const wrap = grid.closest(".grid-wrap") ?? grid.parentElement;
  const box = cell.getBoundingClientRect();
  const edge = (selector, side, none) => grid.querySelector(selector)?.getBoundingClientRect()[side] ?? none;
  const above = edge("thead th", "bottom", box.top) - box.top;
  const below = box.bottom - edge("tfoot tr > *", "top", box.bottom);
  const before = edge("thead th", "right", box.left) - box.left;
  if (above > 0) wrap.scrollTop -= above;
  if (below > 0) wrap.scrollTop += below;
  if (before > 0) wrap.scrollLeft -= before;
}

function focusCell(grid, rows, y, x) {
  const row = rows[Math.max(0, Math.min(y, rows.length - 1))];
  const cell = row[Math.max(0, Math.min(x, row.length - 1))];
  makeStop(grid, cell);
  cell.focus({ preventScroll: true });
  uncover(grid, cell);
}

// PageUp and PageDown jump by group, so 200 people stay a few presses away.
function nextGroup(rows, y, step) {
  const groups = [...new Set(rows.map((cells) => cells[0].closest("tbody")))];
  const body = groups[groups.indexOf(rows[y][0].closest("tbody")) + step];
  return body ? rows.findIndex((cells) => body.contains(cells[0])) : step < 0 ? 0 : rows.length - 1;
}

const moves = {
  ArrowUp: (rows, y, x) => [y - 1, x],
  ArrowDown: (rows, y, x) => [y + 1, x],
  ArrowLeft: (rows, y, x) => [y, x - 1],
  ArrowRight: (rows, y, x) => [y, x + 1],
  Home: (rows, y) => [y, 0],
  End: (rows, y) => [y, rows[y].length - 1],
  PageUp: (rows, y, x) => [nextGroup(rows, y, -1), x],
  PageDown: (rows, y, x) => [nextGroup(rows, y, 1), x],
};

document.addEventListener("keydown", (event) => {
  const grid = event.target.closest("[role=grid]");
  const cell = event.target.closest(".cell");
  if (!grid || !cell || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(".popover, dialog")) return;
  if (event.key in moves) {
    event.preventDefault();
    const rows = rowsOf(grid);
    const y = rows.findIndex((cells) => cells.includes(cell));
    const [toY, toX] = event.key === "Home" || event.key === "End"
      ? moves[event.key](rows, y)
      : moves[event.key](rows, y, rows[y].indexOf(cell));
    focusCell(grid, rows, toY, toX);
  } else if (event.key === "Enter" && event.target === cell) {
    cell.querySelector(":scope > :is(button, a)")?.click();
  }
});

let last = null;
document.addEventListener("focusin", (event) => {
  const grid = event.target.closest("[role=grid]");
  const cell = grid && event.target.closest(".cell");
  if (!cell) return;
  makeStop(grid, cell);
  const rows = rowsOf(grid);
  const y = rows.findIndex((cells) => cells.includes(cell));
  last = { id: cell.id, y, x: rows[y]?.indexOf(cell) ?? 0 };
});

// A swap may replace the focused cell: the same place gets the focus back.
let wasInside = false;
document.addEventListener("htmx:beforeSwap", () => {
  wasInside = Boolean(document.activeElement?.closest("[role=grid]"));
});
document.addEventListener("htmx:afterSettle", () => {
  prepare();
  const grid = document.querySelector("[role=grid]");
  if (!wasInside || !grid || !last || document.activeElement !== document.body) return;
  const cell = last.id && document.getElementById(last.id);
  if (cell) {
    makeStop(grid, cell);
    cell.focus({ preventScroll: true });
  } else {
    const rows = rowsOf(grid);
    if (rows.length) focusCell(grid, rows, last.y, last.x);
  }
});

prepare();
