// The team's reviews above their plain form: one line stands open, keys score it, and nothing typed is lost unseen.
// Saving is htmx's: every line posts itself (see templates/reviews/_line.html).
const lines = () => [...document.querySelectorAll("#reviews .review[data-open]")];
const active = () => document.querySelector(".review.is-active");
const isOff = () => localStorage.getItem("shortcuts-off") === "yes";
const unsaved = new Set();

function open(line) {
  for (const old of document.querySelectorAll(".review.is-active")) {
    old.classList.toggle("is-active", old === line);
    old.querySelector(".person").removeAttribute("aria-current");
  }
  line.classList.add("is-active");
  line.querySelector(".person").setAttribute("aria-current", "true");
}

// A line opens when one works in it. Not when the mouse goes down: the line would grow and the click miss.
document.addEventListener("click", (event) => {
  const line = event.target.closest(".review[id]");
  if (!line) return;
  open(line);
  if (!event.target.closest(".person")) return;
  event.preventDefault();
  history.replaceState(null, "", `#${line.id}`);
});
document.addEventListener("focusin", (event) => {
  const line = event.target.matches(":focus-visible") && event.target.closest(".review[id]");
  if (line) open(line);
});

const scoresOf = (line) => [...line.querySelectorAll("fieldset.score")];
const isScored = (score) => Boolean(score.querySelector(":checked"));
const focusOn = (score) => (score.querySelector(":checked") ?? score.querySelector("input"))?.focus();

// J and K: the next line and the one before; the focus lands on what is still to be scored.
function step(by) {
  const all = lines();
  const line = all[all.indexOf(active()) + by] ?? active();
  if (!line) return;
  open(line);
  focusOn(scoresOf(line).find((score) => !isScored(score)) ?? scoresOf(line)[0]);
  line.scrollIntoView({ block: "nearest" });
}

// 1 to 5: the criterion that has the focus, else the first without a score; then on to the next.
function rate(value, from) {
  const line = active();
  if (!line?.matches("[data-open]")) return;
  const all = scoresOf(line);
  const score = from.closest("fieldset.score") ?? all.find((each) => !isScored(each)) ?? all[0];
  score.querySelector(`input[value="${value}"]`).click();
  focusOn(all[all.indexOf(score) + 1] ?? score);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.altKey || event.target.closest("dialog, select")) return;
  const held = event.ctrlKey || event.metaKey;
  if (held && event.key === "Enter") {
    event.preventDefault();
    document.getElementById("submit")?.click();
  } else if (held && event.key.toLowerCase() === "s") {
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (event.key === "Enter" && event.target.matches("[type=radio]")) {
    event.preventDefault(); // it would press the form's first button
  }
  if (held || isOff() || event.target.matches("textarea, input:not([type=radio])")) return;
  const key = event.key.toLowerCase();
  if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key >= "1" && key <= "5" && key.length === 1) rate(key, event.target);
  else return;
  event.preventDefault();
});

// What waits to be saved: leaving the page then asks first.
document.addEventListener("input", (event) => {
  const line = event.target.closest(".review[data-open]");
  if (line) unsaved.add(line.id);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr, successful } = event.detail;
  if (!elt.matches(".review[data-open]")) return;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname.startsWith("/login")) {
    const text = "You have been signed out, so this is not saved. It stays on this page: sign in in another window, then change it once more.";
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "danger" } }));
  } else if (successful) unsaved.delete(elt.id);
});
addEventListener("beforeunload", (event) => {
  if (unsaved.size) event.preventDefault();
});
document.getElementById("reviews")?.addEventListener("submit", () => unsaved.clear());

document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-auto]")) event.target.form.requestSubmit();
});
