// The planner above its plain links and forms: the editor beside the cell, keys, dragging, the filter.
// Without this file every cell is a link to a page with the same form.
const slot = () => document.getElementById("editor");
const grid = () => document.getElementById("grid");
let opener = null;
let openerCell = "";

// `from` is what was pressed: the focus returns to it.
function open(address, from) {
  opener = from;
  openerCell = from.closest(".cell")?.id ?? "";
  return window.htmx.ajax("GET", address, { target: "#editor", swap: "innerHTML" });
}

// Beside its cell, within the window; below 40rem the stylesheet makes it a sheet.
function place(popover) {
  if (innerWidth < 640) return;
  const anchor = (openerCell && document.getElementById(openerCell)) || opener;
  const box = anchor?.getBoundingClientRect?.() ?? { left: innerWidth / 2, top: 80, bottom: 80 };
  const gap = 8;
  const left = Math.max(gap, Math.min(box.left, innerWidth - popover.offsetWidth - gap));
  const below = box.bottom + gap + popover.offsetHeight <= innerHeight;
  const above = box.top - gap - popover.offsetHeight >= gap;
  const top = below ? box.bottom + 2 : above ? box.top - popover.offsetHeight - 2 : Math.max(gap, innerHeight - popover.offsetHeight - gap);
  popover.style.left = `${left}px`;
  popover.style.top = `${top}px`;
}

// It grows while people are judged, and must not leave the window at the bottom.
const growth = new ResizeObserver(([entry]) => {
  const popover = entry.target;
  const room = innerHeight - popover.offsetHeight - 8;
  if (innerWidth >= 640 && popover.isConnected && popover.offsetTop > room) popover.style.top = `${Math.max(8, room)}px`;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || !slot() || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!link.matches("[data-editor]") && link.parentElement?.matches(".cell") !== true) return;
  event.preventDefault();
  open(link.href, link);
});

// A refusal comes with the form again: it belongs where the form was.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target !== slot() || ![400, 409, 412].includes(xhr.status)) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});

document.addEventListener("htmx:afterSettle", (event) => {
  filterRows();
  if (event.detail.elt !== slot() && event.detail.target !== slot()) return;
  const popover = slot().querySelector(".popover");
  if (!popover) return;
  if (opener?.isConnected) {
    opener.setAttribute("aria-controls", popover.id);
    opener.setAttribute("aria-expanded", "true");
  }
  place(popover);
  growth.disconnect();
  growth.observe(popover);
  popover.querySelector("[list]")?.removeAttribute("list"); // the buttons below say the same
  const first = popover.querySelector("[aria-invalid=true]") ?? popover.querySelector("details[open] select") ?? popover.querySelector("[autofocus]") ?? popover.querySelector("button");
  first?.focus();
  first?.select?.();
});

// The server names the cell that holds the result now: the keyboard goes on from there.
document.addEventListener("planner:done", (event) => {
  const cell = document.getElementById(event.detail.cell) ?? document.getElementById(openerCell);
  if (cell?.checkVisibility?.()) cell.focus({ preventScroll: true });
  else document.querySelector("#planner-day .week [aria-current]")?.focus({ preventScroll: true });
});

// What is typed into the hours is judged at once: who could work them, and what the rules say.
let waiting = 0;
function ask(form) {
  const { elements } = form;
  const values = new URLSearchParams({ date: elements.date.value, hours: elements.hours.value, role: elements.role.value });
  values.set("team", elements.team.value);
  values.set("person", new FormData(form).get("person") ?? "");
  const shift = form.getAttribute("action").match(/shifts\/(\d+)/);
  if (shift) values.set("shift", shift[1]);
  window.htmx.ajax("GET", `${form.dataset.who}?${values}`, { target: "#who", swap: "outerHTML" });
}
document.addEventListener("input", (event) => {
  if (event.target.id === "filter") filterRows();
  const form = event.target.closest("form[data-who]");
  if (!form || !event.target.matches("[name=hours], [name=role], [name=date], [name=team]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.isConnected && ask(form), event.target.name === "hours" ? 350 : 0);
});
document.addEventListener("click", (event) => {
  const usual = event.target.closest("[data-hours]");
  if (!usual) return;
  const input = usual.form.elements.hours;
  input.value = usual.dataset.hours;
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-auto]")) event.target.form.requestSubmit();
});

// The filter hides rows; a team without a row goes with them.
function filterRows() {
  const words = document.getElementById("filter")?.value.trim().toLowerCase() ?? "";
  if (!grid() || (!words && !grid().querySelector("tr[hidden]"))) return;
  for (const body of grid().tBodies) {
    const rows = [...body.rows].filter((row) => !row.matches(".group, [data-open]"));
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(words);
    const head = body.querySelector(".group");
    if (head) head.hidden = rows.every((row) => row.hidden);
  }
}
document.getElementById("filter")?.addEventListener("click", (event) => event.target.focus());

// Keys inside the grid; keys.js has those of the page, and "?" lists both.
const isOff = () => localStorage.getItem("shortcuts-off") === "yes";

function addTo(cell) {
  const { add, first, suffix } = grid().dataset;
  const empty = cell.querySelector(':scope > a[href*="/new?"]');
  if (empty) return open(empty.href, empty);
  const [, , team, person, n] = cell.id.match(/^(c)(\d+-\d+-\d+)-(\d+)-(\d)$/) ?? [];
  const day = new Date(`${first}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + Number(n ?? cell.id.at(-1)));
  const date = day.toISOString().slice(0, 10);
  const key = team ?? grid().querySelector("tbody[id^=t]").id.slice(1);
  const whose = person ? `&person=${person}` : "&pick=1";
  return open(`${add}?team=${key}&date=${date}${whose}${suffix.replace("?", "&")}`, cell);
}

// The free room beside a card adds, like an empty cell.
document.addEventListener("click", (event) => {
  if (event.target.matches?.(".grid .cell") && grid().dataset.add) addTo(event.target);
});

function change(cell, query = "") {
  const card = cell.querySelector(":scope > a.shift");
  if (!card) return;
  open(card.href + (query ? (card.href.includes("?") ? "&" : "?") + query : ""), card);
}

const press = (key) => document.querySelector(`[aria-keyshortcuts="${key}"]`)?.click();
const acts = { n: addTo, e: (cell) => change(cell), c: (cell) => change(cell, "copy=1") };
const jumps = { p: () => press("p"), w: () => press("w"), "/": () => document.getElementById("filter")?.focus(), "?": () => document.querySelector("[data-keys-help]")?.click() };

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[role=grid] .cell");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isOff()) return;
  const key = event.key.toLowerCase();
  if (key in jumps) {
    event.preventDefault();
    jumps[key]();
  } else if (key in acts && grid().dataset.add) {
    event.preventDefault();
    acts[key](cell);
  }
});

// Dragging a card to a cell moves it; with Alt or Ctrl it copies. The same is in the editor, without dragging.
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("a.shift[data-v]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "copyMove";
  event.dataTransfer.setData("text/plain", dragged.textContent);
});
document.addEventListener("dragover", (event) => {
  const cell = dragged && event.target.closest(".grid .cell");
  mark(cell);
  if (!cell) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = event.altKey || event.ctrlKey ? "copy" : "move";
});
document.addEventListener("dragend", () => {
  mark(null);
  dragged = null;
});
document.addEventListener("drop", (event) => {
  const cell = dragged && event.target.closest(".grid .cell");
  if (!cell) return;
  event.preventDefault();
  const from = dragged.closest(".cell");
  const copies = event.altKey || event.ctrlKey;
  if (from === cell && !copies) return;
  drop(dragged, cell, copies ? "copy" : "move");
});

function mark(cell) {
  for (const old of document.querySelectorAll(".cell--drop")) if (old !== cell) old.classList.remove("cell--drop");
  cell?.classList.add("cell--drop");
}

function drop(card, cell, verb) {
  const n = Number(cell.id.at(-1));
  const day = new Date(`${grid().dataset.first}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + n);
  const person = cell.id.match(/-(\d+)-\d$/)?.[1] ?? "";
  const url = new URL(card.href);
  opener = card;
  openerCell = cell.id;
  window.htmx.ajax("POST", `${url.pathname}/${verb}${url.search}`, {
    target: "#editor",
    swap: "innerHTML",
    values: { version: card.dataset.v, date: day.toISOString().slice(0, 10), person: cell.id.startsWith("c-open") ? "" : person },
  });
}
