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

// A filter of many values has a search of its own, which sends nothing: it hides what does not match.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’']/g, " ").toLowerCase().trim();

const searchIn = (input) => {
  const facet = input.closest(".facet");
  const options = [...facet.querySelectorAll(".facet-options label")];
  const words = plain(input.value);
  for (const option of options) {
    option.hidden = words !== "" && !plain(option.querySelector("span").firstChild.data).includes(words);
  }
  facet.querySelector(".facet-options").classList.toggle("searching", words !== "");
  const status = facet.querySelector("[data-found]");
  const found = options.filter((option) => !option.hidden).length;
  const said = found ? status.dataset.found.replace("{found}", found).replace("{all}", options.length) : status.dataset.none;
  status.textContent = words === "" ? "" : said;
};

const offerSearch = (within) => {
  for (const box of within.querySelectorAll(".facet-search")) box.hidden = false;
};
offerSearch(document);
document.addEventListener("input", ({ target }) => {
  if (target.matches(".facet-search input")) searchIn(target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".facet-search input")) event.preventDefault();
});

// New filters come with the list: those that were shown whole or searched in stay so.
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment } }) => {
  if (target.id !== "facets-offered") return;
  offerSearch(fragment);
  for (const old of target.querySelectorAll(".facet-all input:checked, .facet-search input")) {
    const now = fragment.querySelector(`#${CSS.escape(old.id)}`);
    if (!now) continue;
    now.checked = old.checked;
    now.value = old.value;
    if (now.type === "search" && now.value) searchIn(now);
  }
});

// The box that was ticked stays where it was on the screen, whatever comes or goes above it.
let held = null;
document.addEventListener("htmx:beforeSwap", () => {
  const box = document.activeElement.closest(".facet input");
  held = box && { id: box.id, top: box.getBoundingClientRect().top };
});
document.addEventListener("htmx:afterSettle", () => {
  const box = held && document.getElementById(held.id);
  if (box) scrollBy({ top: box.getBoundingClientRect().top - held.top, behavior: "instant" });
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
