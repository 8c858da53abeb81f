// What a page needs besides its HTML: toasts, dialogs, shown passwords, and a sentence for every failed request.
// No imports: each file stands alone, so that hashed names need no import map.

const TOAST_SECONDS = 8;
const sprite = document.querySelector("meta[name=icons]")?.content ?? "";

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.classList.add("icon", "icon--sm");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

// Good news leaves by itself, unless someone is reading or pointing at it. Bad news stays until it is closed.
function expire(toast) {
  if (toast.matches(".toast--danger, .toast--attn")) return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : toast.remove());
  setTimeout(leave, TOAST_SECONDS * 1000);
}

function furnish(toast) {
  if (toast.dataset.ready) return;
  toast.dataset.ready = "true";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn--icon";
  close.setAttribute("aria-label", "Close this message");
  close.append(icon("x"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  expire(toast);
}

function furnishAll() {
  document.querySelectorAll("#toasts > .toast").forEach(furnish);
}

// Anyone may say: document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } })).
// A server says it with the header HX-Trigger: {"toast": {"text": "…", "kind": "ok"}}.
// A sentence that stands there already is not said twice.
function say({ text, kind = "ok" }) {
  const toast = document.createElement("p");
  toast.className = `toast toast--${kind}`;
  for (const old of document.querySelectorAll("#toasts > .toast")) if (old.innerText.trim() === text) old.remove();
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(icon(kind === "ok" ? "check" : "warn"), words);
  document.getElementById("toasts")?.append(toast);
  furnish(toast);
}

document.addEventListener("toast", (event) => say(event.detail));

// A sign-in in another tab renews the token: what was typed here before goes with the new one, and is not refused.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrf=([^;]+)/)?.[1];
  if (!token || detail.verb === "get") return;
  delete detail.parameters.csrfmiddlewaretoken;
  detail.headers["X-CSRFToken"] = token;
});

const SENTENCES = {
  403: "Your role does not allow this.",
  404: "That is no longer there. Load the page again.",
  429: "That was too fast. Wait a moment, then try again.",
};

// A refusal says its own sentence: as plain text, or as "detail" in JSON. A page is not a sentence.
function sentence(xhr) {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.startsWith("text/plain") && xhr.responseText) return xhr.responseText;
  if (type.includes("json")) {
    try {
      const { detail } = JSON.parse(xhr.responseText);
      if (typeof detail === "string") return detail;
    } catch {
      // Not JSON after all: the general sentence will do.
    }
  }
  return SENTENCES[xhr.status] ?? "That did not work, and nothing was changed. Try again.";
}

// Nobody asked for the bell's poll: a failed one is quiet, and the next one catches up. A page that renews itself says
// first, in data-stale, what its reader is looking at meanwhile.
function complain(event, text) {
  const { target } = event.detail;
  if (target?.id !== "bell") say({ text: [target?.dataset.stale, text].filter(Boolean).join(" "), kind: "danger" });
}

// A page that renews itself (data-rests) rests while nobody sees it, and keeps open what its reader has opened.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.hasAttribute("data-rests")) event.preventDefault();
});
let opened = [];
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  opened = [...detail.target.querySelectorAll("details[id][open]")].map((details) => details.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});

document.addEventListener("htmx:responseError", (event) => complain(event, sentence(event.detail.xhr)));
document.addEventListener("htmx:sendError", (event) => complain(event, "No connection. Nothing was changed."));
document.addEventListener("htmx:timeout", (event) => complain(event, "The server did not answer in time. Try again."));

// When a swap takes the focused element away, focus goes to its successor, else to the new piece, not to the top of the page.
let focused = null;
document.addEventListener("htmx:beforeSwap", () => {
  focused = document.activeElement?.closest("[role=grid]") ? null : document.activeElement; // grid.js keeps its own place
});
document.addEventListener("htmx:afterSettle", (event) => {
  furnishAll();
  if (!focused || focused.isConnected || document.activeElement !== document.body) return;
  // What came along for other places (the bell, the tabs) settles first: the piece is what stands where the old one stood.
  const { elt, target } = event.detail;
  const piece = (target?.id && document.getElementById(target.id)) || elt;
  const stop = (focused.id && document.getElementById(focused.id)) || sameLink(focused, piece) || piece;
  focused = null;
  if (stop === piece && !stop.hasAttribute("tabindex")) stop.tabIndex = -1;
  stop.focus({ preventScroll: true });
});

// "Week after" is replaced by another "Week after": the arrow stays under the finger and the focus on the arrow.
function sameLink(old, piece) {
  const name = old.getAttribute("aria-label");
  return name && [...piece.querySelectorAll("[aria-label]")].find((element) => element.getAttribute("aria-label") === name);
}

// data-opens="id" opens that <dialog>; data-closes closes the one around it. The browser holds the focus inside,
// gives it back to the opener, and closes on Escape. A click on the veil closes too.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog && !dialog.open) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog[open]") && isOnVeil(event)) event.target.close();
});

function isOnVeil({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// A popover closes on Escape and on a click beside it, and gives the focus back to what opened it.
function closePopover(popover) {
  const opener = document.querySelector(`[aria-expanded="true"][aria-controls="${popover.id}"]`);
  popover.dispatchEvent(new CustomEvent("popover:close", { bubbles: true }));
  popover.remove();
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus();
}

document.addEventListener("click", (event) => {
  for (const popover of document.querySelectorAll(".popover[data-transient]")) {
    const mine = popover.contains(event.target) || event.target.closest(`[aria-controls="${popover.id}"]`);
    if (!mine || event.target.closest("[data-dismiss]")) closePopover(popover);
  }
});
document.addEventListener("keydown", (event) => {
  const popover = event.key === "Escape" && [...document.querySelectorAll(".popover[data-transient]")].at(-1);
  if (popover) closePopover(popover);
});

// data-reveal="id" shows and hides that password.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  const input = button && document.getElementById(button.dataset.reveal);
  if (!input) return;
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

furnishAll();
