// htmx would write a style element into the page, which the content policy refuses; admin.css has the same rules.
window.htmx.config.includeIndicatorStyles = false;

// Every scrolling part is a region to a screen reader, and SimpleBar calls them all the same.
window.addEventListener("load", () => {
  for (const part of document.querySelectorAll(".simplebar-content-wrapper")) {
    part.setAttribute("aria-label", part.closest("aside") ? "Admin menu, scrolls" : "List, scrolls");
  }
});
