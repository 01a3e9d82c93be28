/* The map of cities. The list beside it is complete without it: whatever fails here, the map stays away.
   Leaflet and the outlines are fetched when the map comes near the reader's screen. */

const WORLD = [[-60, -180], [84, 180]];
const PADDING = { padding: [36, 36] };
const PATIENCE = 30_000; // milliseconds for all parts of a map, on a poor connection
let parts;

function load(name, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(name), attributes);
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${attributes.src ?? attributes.href} did not load`));
    document.head.append(element);
  });
}

// Once for all maps of a page; the clusters need Leaflet to be there.
function leaflet(from) {
  parts ??= Promise.all([
    load("link", { rel: "stylesheet", href: from.styles }),
    load("script", { src: from.leaflet }).then(() => load("script", { src: from.cluster })),
  ]);
  return parts;
}

async function json(address) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

function tooLate() {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error("it takes too long")), PATIENCE));
}

async function open(frame) {
  const inside = frame.querySelector(".map-inside");
  try {
    const data = frame.dataset;
    const all = Promise.all([json(data.cities), json(data.outlines), leaflet(data)]);
    const [cities, outlines] = await Promise.race([all, tooLate()]);
    if (!cities.features.length) throw new Error("no city of this list has coordinates");
    inside.hidden = false;
    draw(frame, cities, outlines);
    frame.dataset.state = "ready";
  } catch (error) {
    inside.hidden = true;
    frame.dataset.state = "failed";
    console.info("No map:", error);
  }
}

// A marker is a link to the city's page, with its name inside; a cluster is a button.
function icons(owners) {
  const Station = L.DivIcon.extend({
    createIcon() {
      const { city, here, marker } = this.options;
      const link = Object.assign(document.createElement("a"), { href: city.url, draggable: false });
      const name = Object.assign(document.createElement("span"), { className: "station-name" });
      const words = Object.assign(document.createElement("span"), { className: "visually-hidden" });
      const strong = Object.assign(document.createElement("strong"), { textContent: city.name });
      words.textContent = `(${city.stops})`;
      name.append(strong, " ", `${city.country} · ${city.membership}`);
      link.append(name, " ", words);
      this._setIconStyles(link, "icon");
      link.classList.add("station");
      link.classList.toggle("pledged", city.pledged.length > 0);
      link.classList.toggle("practised", city.practised.length > 0);
      link.classList.toggle("here", here);
      if (here) link.setAttribute("aria-current", "true");
      owners.set(link, marker());
      return link;
    },
  });
  const Stations = L.DivIcon.extend({
    createIcon() {
      const { count, words, first } = this.options;
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: count });
      this._setIconStyles(button, "icon");
      button.classList.add("stations");
      button.setAttribute("aria-label", words.replace("{n}", count));
      owners.set(button, first);
      return button;
    },
  });
  return { Station, Stations };
}

function markers(cities, focus, Station) {
  return cities.features.map(({ geometry: { coordinates: [longitude, latitude] }, properties: city }) => {
    const here = city.slug === focus;
    const icon = new Station({ city, here, className: "", iconSize: [28, 28], marker: () => marker });
    const zIndexOffset = here ? 1000 : 0; // no cluster covers the city of the page
    const marker = L.marker([latitude, longitude], { icon, zIndexOffset, keyboard: false, riseOnHover: true });
    marker.here = here;
    return marker;
  });
}

function draw(frame, cities, outlines) {
  const canvas = frame.querySelector(".map-canvas");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(canvas, {
    attributionControl: false, zoomControl: false, scrollWheelZoom: false, zoomSnap: 0.25, maxZoom: 8,
    fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still, inertia: !still,
    maxBounds: L.latLngBounds(WORLD).pad(0.1), maxBoundsViscosity: 1, renderer: L.svg({ padding: 0.5 }),
  });
  if (still) map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });

  const owners = new WeakMap();
  const { Station, Stations } = icons(owners);
  const all = markers(cities, frame.dataset.focus, Station);
  const group = L.markerClusterGroup({
    animate: !still, maxClusterRadius: 40, showCoverageOnHover: false, zoomToBoundsOnClick: false,
    spiderfyOnMaxZoom: false, spiderLegPolylineOptions: { className: "map-leg", weight: 1.5 },
    iconCreateFunction: (cluster) => new Stations({
      count: cluster.getChildCount(), first: cluster.getAllChildMarkers()[0], className: "", iconSize: [36, 36],
      words: frame.dataset.clusterWords,
    }),
  });
  const bounds = L.latLngBounds(all.map((marker) => marker.getLatLng()));
  const fit = () => map.fitBounds(bounds, { ...PADDING, maxZoom: 5, animate: false });
  fit();
  // A whole number: with another, markercluster loses the cities that no cluster takes in.
  map.setMinZoom(Math.floor(Math.min(map.getZoom(), map.getBoundsZoom(WORLD))));
  L.geoJSON(outlines, {
    interactive: false, style: ({ properties }) => ({ className: `map-${properties.kind}` }),
  }).addTo(map);
  group.addLayers(all.filter((marker) => !marker.here)).addTo(map);
  all.filter((marker) => marker.here).forEach((marker) => marker.addTo(map));

  tell(frame, cities.note);
  buttons(frame, map, fit);
  gestures(canvas, map);
  names(canvas);
  keepFocus(canvas, map, group, owners);
}

function tell(frame, note) {
  const line = frame.querySelector(".map-note");
  line.textContent = note;
  line.hidden = !note;
}

function buttons(frame, map, fit) {
  const does = { in: () => map.zoomIn(), out: () => map.zoomOut(), all: fit };
  for (const button of frame.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", does[button.dataset.zoom]);
  }
}

// The page scrolls over the map: the wheel zooms with Ctrl, and one finger moves the page, two the map.
function gestures(canvas, map) {
  canvas.addEventListener("wheel", ({ ctrlKey, metaKey }) => {
    if (ctrlKey || metaKey) map.scrollWheelZoom.enable();
    else map.scrollWheelZoom.disable();
  }, { capture: true, passive: true });
  canvas.addEventListener("pointerdown", ({ pointerType }) => {
    if (pointerType === "touch") map.dragging.disable();
    else map.dragging.enable();
  }, { capture: true });
  // Letting go of the map over a city does not open it. A click without `detail` comes from the keyboard.
  canvas.addEventListener("click", (event) => {
    if (event.detail && map.dragging.moved()) event.preventDefault();
  }, { capture: true });
}

// A name stays inside the map, can be pointed at, and goes away with Escape.
function names(canvas) {
  function show({ target }) {
    const link = target.closest("a.station");
    if (!link) return;
    delete canvas.dataset.quiet;
    const place = link.getBoundingClientRect();
    const around = canvas.getBoundingClientRect();
    link.toggleAttribute("data-below", place.top - around.top < 64);
    link.dataset.side = place.left - around.left < 110 ? "left" : around.right - place.right < 150 ? "right" : "";
  }
  canvas.addEventListener("pointerover", show);
  canvas.addEventListener("focusin", show);
  canvas.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") canvas.dataset.quiet = "";
  });
  canvas.querySelectorAll(".here").forEach((link) => show({ target: link }));
}

// Tab goes through the markers as one reads: by rows, from left to right. A zoom that takes the focused marker away
// hands the focus to what now stands for the same city.
function keepFocus(canvas, map, group, owners) {
  const pane = map.getPane("markerPane");
  let last = null;

  function inOrder() {
    const placed = [...pane.children].map((icon) => ({ icon, ...L.DomUtil.getPosition(icon) }));
    placed.sort((one, other) => Math.round(one.y / 48) - Math.round(other.y / 48) || one.x - other.x);
    if (placed.every(({ icon }, at) => icon === pane.children[at])) return;
    const focused = pane.contains(document.activeElement) ? document.activeElement : null;
    pane.append(...placed.map(({ icon }) => icon));
    focused?.focus({ preventScroll: true });
  }

  function settle() {
    inOrder();
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    const marker = owners.get(last);
    const seen = marker && group.getVisibleParent(marker);
    (seen?.getElement() ?? canvas).focus({ preventScroll: true });
  }

  canvas.addEventListener("focusin", ({ target }) => { last = target; });
  canvas.addEventListener("focusout", ({ target, relatedTarget }) => {
    setTimeout(() => { if (relatedTarget || target.isConnected) last = document.activeElement; });
  });
  map.on("moveend zoomend", () => setTimeout(settle));
  group.on("animationend unspiderfied", () => setTimeout(settle));
  group.on("spiderfied", ({ markers: [first] }) => first.getElement().focus({ preventScroll: true }));
  group.on("clusterclick", ({ layer }) => {
    const { _northEast: far, _southWest: near } = layer.getBounds();
    if (far.equals(near) || map.getZoom() >= map.getMaxZoom()) layer.spiderfy();
    else layer.zoomToBounds(PADDING);
  });
  inOrder();
}

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    open(target);
  }
}, { rootMargin: "300px" });

function watch(root) {
  root.querySelectorAll(".map[data-cities]:not([data-state])").forEach((frame) => {
    frame.dataset.state = "waiting";
    near.observe(frame);
  });
}

watch(document);
document.addEventListener("htmx:load", ({ target }) => watch(target.parentNode ?? document));
