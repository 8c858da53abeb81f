// htmx would write a style element into the page, which the content policy refuses; admin.css has the same rules.
window.htmx.config.includeIndicatorStyles = false;
