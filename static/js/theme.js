// Theme and density. The choice is a cookie, so that the server writes it on <html> and no page flashes.
// The account page's form does the same without this file.
const root = document.documentElement;
const device = matchMedia("(prefers-color-scheme: dark)");
const toggles = () => document.querySelectorAll("[data-theme-toggle]");

const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : device.matches);

function show() {
  for (const toggle of toggles()) toggle.setAttribute("aria-pressed", String(isDark()));
  for (const radio of document.querySelectorAll("[data-preference][name=theme]")) radio.checked = radio.value === (root.dataset.theme ?? "");
}

function remember(name, value) {
  const year = 31536000;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${value ? year : 0}; samesite=lax${secure}`;
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  show();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) remember("theme", isDark() ? "light" : "dark");
});

// Radios named theme or density answer at once; their form's button is for browsers without scripts.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-preference]")) remember(event.target.name, event.target.value);
});

device.addEventListener("change", show);
show();
