// Keyboard shortcuts are written where they act: aria-keyshortcuts="ArrowLeft" on a link or a button.
// This file presses them, and "?" lists those of the page. Single letters can be switched off (WCAG 2.1.4).
const OFF = "shortcuts-off";
const dialog = document.getElementById("keys");
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Control: "Ctrl" };

const isOff = () => localStorage.getItem(OFF) === "yes";
const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog, .popover, [role=grid], .rating");
const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const controls = () => [...document.querySelectorAll("[aria-keyshortcuts]")].filter(isShown);

// "Shift+P" or "p": letters are compared without regard to capitals, so that Caps Lock does not matter.
function pressed(event) {
  const held = [event.ctrlKey && "control", event.altKey && "alt", event.metaKey && "meta"].filter(Boolean);
  if (event.shiftKey && event.key.length > 1) held.push("shift");
  return [...held, event.key.toLowerCase()].join("+");
}

const keysOf = (element) => element.getAttribute("aria-keyshortcuts").toLowerCase().split(" ");
const nameOf = (element) => element.getAttribute("aria-label") ?? element.textContent.trim().replace(/\s+/g, " ");

function row(keys, name) {
  const line = document.createElement("li");
  line.className = "row";
  const words = document.createElement("span");
  words.className = "row__body";
  words.textContent = name;
  line.append(words);
  for (const key of keys.split("+")) {
    const cap = document.createElement("kbd");
    cap.textContent = NAMES[key] ?? key;
    line.append(cap);
  }
  return line;
}

function openHelp() {
  const list = dialog.querySelector("[data-keys]");
  list.replaceChildren(
    row("?", "This list"),
    ...[...new Map(controls().map((element) => [element.getAttribute("aria-keyshortcuts"), element]))]
      .map(([keys, element]) => row(keys.split(" ")[0], nameOf(element))),
  );
  if (document.querySelector("[role=grid]")) {
    list.append(row("ArrowUp+ArrowDown+ArrowLeft+ArrowRight", "Move in the grid"), row("PageUp+PageDown", "Group before, group after"), row("Enter", "Open the cell"));
    for (const line of (document.querySelector("[role=grid]").dataset.keys ?? "").split(";").filter(Boolean)) list.append(row(line.split(" ")[0], line.slice(line.indexOf(" ") + 1)));
  }
  dialog.querySelector("[data-keys-on]").checked = !isOff();
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || isTyping(event.target)) return;
  if (event.key.length === 1 && isOff()) return;
  if (event.key === "?" && dialog) {
    event.preventDefault();
    openHelp();
    return;
  }
  const match = controls().find((element) => keysOf(element).includes(pressed(event)));
  if (!match) return;
  event.preventDefault();
  match.click();
});

document.addEventListener("click", (event) => {
  if (dialog && event.target.closest("[data-keys-help]")) openHelp();
});

dialog?.querySelector("[data-keys-on]").addEventListener("change", (event) => {
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
});
