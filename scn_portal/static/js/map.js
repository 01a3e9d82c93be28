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
    if (!cities.features.length && !cities.tiles) throw new Error("no city of this list has coordinates");
    inside.hidden = false;
    await draw(frame, cities, outlines);
    frame.dataset.state = "ready";
  } catch (error) {
    inside.hidden = true;
    frame.dataset.state = "failed";
    console.info("No map:", error);
  }
}

// An element with properties and children; text is never read as HTML.
function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// A marker is a button that opens what is told of its city; a cluster is one that zooms in, with a ring that shows how
// many of its cities have something recorded.
function icons(owners, words) {
  const Station = L.DivIcon.extend({
    createIcon() {
      const { city, here, marker } = this.options;
      const name = make("span", { className: "station-name" },
        make("strong", { textContent: city.name }), " ", `${city.country} · ${city.membership}`);
      const stops = make("span", { className: "visually-hidden", textContent: `(${city.stops})` });
      const button = make("button", { type: "button" }, name, " ", stops);
      this._setIconStyles(button, "icon");
      button.classList.add("station");
      button.classList.toggle("pledged", city.pledges > 0);
      button.classList.toggle("practised", city.practices > 0);
      button.classList.toggle("here", here);
      button.setAttribute("aria-haspopup", "dialog");
      button.setAttribute("aria-expanded", String(marker().told === true));
      if (here) button.setAttribute("aria-current", "true");
      owners.set(button, marker());
      return button;
    },
  });
  const Stations = L.DivIcon.extend({
    createIcon() {
      const { count, active, first } = this.options;
      const button = make("button", { type: "button" }, make("span", { textContent: count }));
      this._setIconStyles(button, "icon");
      button.classList.add("stations");
      button.classList.toggle("many", count > 999);
      button.style.setProperty("--share", `${(100 * active) / count}%`);
      button.setAttribute("aria-label", (active ? words.some : words.none).replace("{n}", count).replace("{active}", active));
      owners.set(button, first());
      return button;
    },
  });
  return { Station, Stations };
}

function markers(features, focus, icons) {
  return features.map((feature) => feature.bbox ? clusterOf(feature, icons) : cityOf(feature, focus, icons));
}

// Cities that the server has counted, of which it has told no more than where they are.
function clusterOf({ bbox, geometry: { coordinates: [longitude, latitude] }, properties }, { Stations }) {
  const { cities: count, active } = properties;
  const icon = new Stations({ count, active, first: () => marker, className: "", iconSize: [40, 40] });
  const marker = L.marker([latitude, longitude], { icon, keyboard: false });
  return Object.assign(marker, { count, active, box: boundsOf(bbox) });
}

function cityOf({ geometry: { coordinates: [longitude, latitude] }, properties: city }, focus, { Station }) {
  const here = city.slug === focus;
  const icon = new Station({ city, here, className: "", iconSize: [28, 28], marker: () => marker });
  const zIndexOffset = here ? 1000 : 0; // no cluster covers the city of the page
  const marker = L.marker([latitude, longitude], { icon, zIndexOffset, keyboard: false, riseOnHover: true });
  return Object.assign(marker, { here, city, count: 1, active: Number(city.pledges + city.practices > 0) });
}

function draw(frame, cities, outlines) {
  const canvas = frame.querySelector(".map-canvas");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(canvas, {
    attributionControl: false, zoomControl: false, scrollWheelZoom: false, zoomSnap: 0.25, maxZoom: 8,
    fadeAnimation: !still, zoomAnimation: !still, markerZoomAnimation: !still, inertia: !still,
    maxBounds: L.latLngBounds(WORLD).pad(0.5), maxBoundsViscosity: 1, // room for a popup at the edge
    renderer: L.svg({ padding: 0.5 }),
  });
  if (still) map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });

  const owners = new WeakMap();
  const drawn = icons(owners, { some: frame.dataset.clusterWords, none: frame.dataset.clusterEmpty });
  const all = markers(cities.features, frame.dataset.focus, drawn);
  const group = L.markerClusterGroup({
    animate: !still, maxClusterRadius: 56, showCoverageOnHover: false, zoomToBoundsOnClick: false,
    spiderfyOnMaxZoom: false, spiderLegPolylineOptions: { className: "map-leg", weight: 1.5 },
    iconCreateFunction: (cluster) => {
      const inside = cluster.getAllChildMarkers();
      const [count, active] = ["count", "active"].map((what) => inside.reduce((sum, marker) => sum + marker[what], 0));
      return new drawn.Stations({ count, active, first: () => inside[0], className: "", iconSize: [40, 40] });
    },
  });
  const bounds = cities.tiles ? boundsOf(cities.bbox) : L.latLngBounds(all.map((marker) => marker.getLatLng()));
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
  const focusOn = keepFocus(canvas, map, group, owners);
  popups(canvas, map, owners, focusOn, frame.dataset.close);
  countries(map, group, cities.countries);
  return cities.tiles ? tiles(map, group, cities.tiles, (features) => markers(features, "", drawn)) : null;
}

function boundsOf([west, south, east, north]) {
  return L.latLngBounds([south, west], [north, east]);
}

// More cities than one answer holds come by tiles of what is seen, 512 pixels across: those alone in their cell, and
// clusters of the others. A city that is still there when the map moves keeps its marker, and what it tells. Resolves
// when the first are there; one that does not come is asked for again with the next move.
function tiles(map, group, address, made) {
  const LAST = 7; // zoom of the tiles
  const asked = new Map();
  const known = new Map();
  let turn = 0;

  function inView() {
    const z = Math.min(Math.max(Math.round(map.getZoom()) - 1, 0), LAST);
    const place = (at) => L.CRS.EPSG3857.latLngToPoint(at, z + 1).divideBy(512).floor();
    const within = (n) => Math.min(Math.max(n, 0), 2 ** z - 1);
    const [from, to] = [place(map.getBounds().getNorthWest()), place(map.getBounds().getSouthEast())];
    const found = [];
    for (let y = within(from.y); y <= within(to.y); y++) {
      for (let x = within(from.x); x <= within(to.x); x++) found.push({ z, x, y });
    }
    return found.map((tile) => address.replace(/\{(\w)\}/g, (_all, name) => tile[name]));
  }

  function tile(of) {
    if (!asked.has(of)) {
      asked.set(of, json(of).then(({ features }) => features).catch(() => {
        asked.delete(of);
        return [];
      }));
    }
    return asked.get(of);
  }

  function marker(feature) {
    const key = feature.properties.slug ?? JSON.stringify(feature);
    if (!known.has(key)) known.set(key, made([feature])[0]);
    return known.get(key);
  }

  async function show() {
    const mine = ++turn;
    const features = (await Promise.all(inView().map(tile))).flat();
    if (mine !== turn) return;
    const wanted = new Set(features.map(marker));
    const shown = new Set(group.getLayers());
    group.removeLayers([...shown].filter((one) => !wanted.has(one)));
    group.addLayers([...wanted].filter((one) => !shown.has(one)));
    group.fire("animationend"); // what stands where has changed
  }

  map.on("moveend", show);
  return show();
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
}

// What is told of a city, beside its marker. The focus goes into it, and back to the marker when it closes.
function popups(canvas, map, owners, focusOn, close) {
  const popup = L.popup({
    className: "map-popup", closeButton: false, closeOnClick: false, closeOnEscapeKey: false, offset: [0, -6],
    minWidth: 160, autoPanPadding: [8, 8],
  });
  let opener = null;

  function mark(told) {
    opener.told = told;
    opener.getElement()?.setAttribute("aria-expanded", String(told));
  }

  function shut() {
    if (!opener) return null;
    const marker = opener;
    mark(false);
    opener = null;
    popup.remove();
    return marker;
  }

  function content({ name, url, country, membership, recorded }) {
    const link = make("a", { href: url, textContent: name });
    const button = make("button", { type: "button", textContent: "×", className: "map-close" });
    button.setAttribute("aria-label", close);
    button.addEventListener("click", () => focusOn(shut()));
    const told = make("div", {},
      make("p", {}, link), make("p", { textContent: `${country} · ${membership}` }),
      make("p", { textContent: recorded }), button);
    told.setAttribute("role", "dialog");
    told.setAttribute("aria-label", name);
    told.addEventListener("keydown", (event) => leave(event, event.shiftKey ? link : button));
    return told;
  }

  // Past either end, Tab goes on from the marker.
  function leave(event, end) {
    if (event.key !== "Tab" || event.target !== end) return;
    if (event.shiftKey) event.preventDefault();
    focusOn(shut());
  }

  function open(marker) {
    shut();
    opener = marker;
    mark(true);
    popup.options.maxWidth = Math.min(280, canvas.clientWidth - 32);
    popup.setContent(content(marker.city)).setLatLng(marker.getLatLng()).openOn(map);
    popup.getElement().querySelector("a").focus({ preventScroll: true });
  }

  canvas.addEventListener("click", ({ target, detail }) => {
    if (target.closest(".map-popup")) return;
    // Letting go of the map over a city does not open it. A click without `detail` comes from the keyboard.
    if (detail && map.dragging.moved()) return;
    const marker = owners.get(target.closest(".station"));
    if (marker && marker !== opener) open(marker);
    else shut();
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opener) focusOn(shut());
  });
}

// The names of the countries that have cities here: the more cities, the sooner a name has room. They are for the eye
// alone, as each marker says its country.
function countries(map, group, named) {
  const pane = map.createPane("countries");
  pane.setAttribute("aria-hidden", "true");
  const names = named.map(({ name, at: [longitude, latitude], room }) => {
    const words = make("span", { textContent: name });
    const icon = L.divIcon({ className: "map-country", html: words, iconSize: null });
    L.marker([latitude, longitude], { icon, pane: "countries", interactive: false, keyboard: false }).addTo(map);
    const edge = L.latLng(Math.min(latitude + room, 84), longitude);
    return { words, edge, at: L.latLng(latitude, longitude), width: words.offsetWidth, height: words.offsetHeight };
  });

  const apart = (one, other) => one.right < other.left || other.right < one.left || one.bottom < other.top
    || other.bottom < one.top;

  function around({ x, y }, width, height) {
    return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  }

  function place() {
    const taken = [...map.getPane("markerPane").children].map((icon) => {
      const size = icon.classList.contains("stations") ? 40 : 18;
      return around(L.DomUtil.getPosition(icon), size, size);
    });
    for (const { words, edge, at, width, height } of names) {
      const { x, y } = map.latLngToLayerPoint(at);
      const room = y - map.latLngToLayerPoint(edge).y; // no name leaves its country
      const shift = [0, -14, 14, -24, 24, -36, 36].filter((down) => Math.abs(down) <= room).find((down) => {
        const box = around({ x, y: y + down }, width, height);
        return taken.every((other) => apart(box, other)) && taken.push(box);
      });
      words.hidden = shift === undefined;
      words.style.setProperty("--down", `${shift ?? 0}px`);
    }
  }

  map.on("zoomend", () => setTimeout(place));
  group.on("animationend spiderfied unspiderfied", () => setTimeout(place));
  place();
}

// A name stays inside the map, can be pointed at, and goes away with Escape.
function names(canvas) {
  function show({ target }) {
    const station = target.closest(".station");
    if (!station) return;
    delete canvas.dataset.quiet;
    const place = station.getBoundingClientRect();
    const around = canvas.getBoundingClientRect();
    station.toggleAttribute("data-below", place.top - around.top < 64);
    station.dataset.side = place.left - around.left < 110 ? "left" : around.right - place.right < 150 ? "right" : "";
  }
  canvas.addEventListener("pointerover", show);
  canvas.addEventListener("focusin", show);
  canvas.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") canvas.dataset.quiet = "";
  });
  canvas.querySelectorAll(".here").forEach((station) => show({ target: station }));
}

// Tab goes through the markers as one reads: by rows, from left to right. A zoom that takes the focused marker away
// hands the focus to what now stands for the same city. Returns what puts the focus on a marker, or what stands for it.
function keepFocus(canvas, map, group, owners) {
  const pane = map.getPane("markerPane");
  let last = null;
  let waiting = null;

  function inOrder() {
    const placed = [...pane.children].map((icon) => ({ icon, ...L.DomUtil.getPosition(icon) }));
    placed.sort((one, other) => Math.round(one.y / 48) - Math.round(other.y / 48) || one.x - other.x);
    if (placed.every(({ icon }, at) => icon === pane.children[at])) return;
    const focused = pane.contains(document.activeElement) ? document.activeElement : null;
    pane.append(...placed.map(({ icon }) => icon));
    focused?.focus({ preventScroll: true });
  }

  function focusOn(marker) {
    const seen = marker && (marker.here ? marker : standsFor(marker));
    waiting = seen ? null : marker; // tiles may still come
    (seen?.getElement() ?? canvas).focus({ preventScroll: true });
  }

  // What is seen of the marker, or else what is nearest to where it stood.
  function standsFor(marker) {
    const seen = (one) => group.hasLayer(one) && group.getVisibleParent(one);
    if (seen(marker)) return seen(marker);
    const away = (one) => marker.getLatLng().distanceTo(one.getLatLng());
    const inView = group.getLayers().map(seen).filter((one) => one && map.getBounds().contains(one.getLatLng()));
    return inView.length ? inView.reduce((best, one) => away(one) < away(best) ? one : best) : null;
  }

  function settle() {
    inOrder();
    if (waiting && document.activeElement === canvas) focusOn(waiting);
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    focusOn(owners.get(last));
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
  group.on("click", ({ layer: { box } }) => {
    if (!box) return;
    const zoom = Math.max(map.getBoundsZoom(box, false, L.point(PADDING.padding)), Math.floor(map.getZoom()) + 1);
    map.setView(box.getCenter(), Math.min(zoom, map.getMaxZoom()));
  });
  inOrder();
  return focusOn;
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
