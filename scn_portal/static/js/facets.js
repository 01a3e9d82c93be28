/* Filters that work as they are ticked: htmx fetches the list anew, this keeps the page around it right.
   Without this file, or without htmx, the form is sent with its button. */

const forms = document.querySelectorAll("form.facets");
if (window.htmx) forms.forEach((form) => form.classList.add("live"));

// On a wide screen the filters stand open; style sheets alone do it in the newest browsers only.
const wide = matchMedia("(min-width: 64rem)");
const unfold = () => {
  if (wide.matches) document.querySelectorAll(".facets-fold").forEach((fold) => { fold.open = true; });
};
wide.addEventListener("change", unfold);
unfold();

// The address says only what was asked.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (!target.matches("form.facets")) return;
  const kept = [...detail.formData.entries()].filter(([, value]) => value.trim() !== "");
  for (const name of new Set(detail.formData.keys())) detail.formData.delete(name);
  kept.forEach(([name, value]) => detail.formData.append(name, value));
});

// A box far down in a list of many stays where it was ticked: where each list was scrolled to is kept.
let scrolled = new Map();
document.addEventListener("htmx:beforeSwap", () => {
  const lists = document.querySelectorAll(".facet-options");
  scrolled = new Map([...lists].map((list) => [list.id, list.scrollTop]));
});
document.addEventListener("htmx:afterSettle", () => {
  for (const [id, top] of scrolled) {
    const list = document.getElementById(id);
    if (list) list.scrollTop = top;
  }
  // What was ticked may be gone, when it leaves nothing: then on with the results.
  if (document.activeElement === document.body) document.getElementById("found")?.focus({ preventScroll: true });
});

// The link to this page in the other language asks the same.
document.addEventListener("htmx:pushedIntoHistory", () => {
  for (const link of document.querySelectorAll(".site-header a[hreflang]")) link.search = location.search;
});

// When the list cannot be fetched, the browser's own request tells why.
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => { location.assign(detail.pathInfo.finalRequestPath); });
}
