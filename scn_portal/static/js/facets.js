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

// A step in the history changes the address alone, and the list follows with a reload. htmx would do so too, but not
// for a step taken while a page is still loading: such a step shows in the address, which is not the one loaded.
const [navigation] = performance.getEntriesByType("navigation");
let shown = navigation ? new URL(navigation.name, location).search : location.search;
const followAddress = () => {
  if (location.search !== shown) location.reload();
};
addEventListener("popstate", followAddress);
addEventListener("pageshow", followAddress);
followAddress();

document.addEventListener("htmx:pushedIntoHistory", ({ detail }) => {
  history.pushState(null, "", detail.path);
  shown = location.search;
  // The link to this page in the other language asks the same.
  for (const link of document.querySelectorAll(".site-header a[hreflang]")) link.search = shown;
});

// When the list cannot be fetched, the browser's own request tells why.
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => { location.assign(detail.pathInfo.finalRequestPath); });
}
