import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Wcs } from "../../../lib/data/cutouts/wcs.js";

interface Golden {
  cases: Record<
    string,
    { header: [string, string | number | boolean][]; pixels: [number, number][]; sky: [number, number][] }
  >;
}
const { cases } = JSON.parse(readFileSync("test/reference/data-wcs.json", "utf8")) as Golden;

for (const [name, { header, pixels, sky }] of Object.entries(cases))
  test(`astropy's positions and pixels: ${name}`, () => {
    const wcs = new Wcs(new Map(header));
    pixels.forEach(([x, y], i) => {
      const [ra, dec] = sky[i];
      const found = wcs.toSky(x, y);
      // 1e-9 degrees, 4 microarcseconds: what is left of a double after half a dozen turns of a degree.
      const east = ((found.ra - ra + 540) % 360) - 180;
      assert.ok(Math.abs(east) * Math.cos((dec * Math.PI) / 180) < 1e-9, `${name} ra ${found.ra} for ${ra}`);
      assert.ok(Math.abs(found.dec - dec) < 1e-9, `${name} dec ${found.dec} for ${dec}`);
      const pixel = wcs.toPixel(ra, dec)!;
      // The bar is 0.01 px; the golden positions carry the pixels to 1e-6.
      assert.ok(Math.hypot(pixel[0] - x, pixel[1] - y) < 1e-5, `${name} ${pixel} for ${x}, ${y}`);
    });
  });

const plain = cases.plain.header;
const without = (key: string, ...instead: [string, string | number | boolean][]) =>
  new Map([...plain.filter(([k]) => k !== key), ...instead]);

test("a rotation in the matrix keywords of older headers is theirs", () => {
  for (const name of ["pc", "plain"]) {
    const older = cases[name].header.map(
      ([key, value]) => [key.replace(/^(PC|CD)(.)_(.)$/, "$100$200$3"), value] as const,
    );
    assert.deepEqual(new Wcs(new Map(older)).toSky(3, 5), new Wcs(new Map(cases[name].header)).toSky(3, 5));
  }
});

test("only ICRS and FK5 of 2000 are taken for the catalogue's coordinates, whatever the header calls them", () => {
  const framed = (cards: Record<string, string | number>) => () =>
    new Wcs(without("RADESYS", ...Object.entries(cards)));
  // Half a degree and more from ICRS, as astropy 5.2's wcs_to_celestial_frame tells them.
  assert.throws(framed({ RADECSYS: "FK4", EQUINOX: 1950 }), /FK4 of equinox 1950; .* RADESYS to ICRS/);
  assert.throws(framed({ EQUINOX: 1950 }), /FK4 of equinox 1950/);
  assert.throws(framed({ EPOCH: 1950 }), /FK4 of equinox 1950/);
  assert.throws(framed({ EQUINOX: "B1950.0" }), /FK4 of equinox B1950.0/);
  assert.throws(framed({ RADESYS: "FK5", EQUINOX: 1975 }), /FK5 of equinox 1975/);
  assert.throws(framed({ EQUINOX: 2015.5 }), /FK5 of equinox 2015.5/);
  assert.throws(framed({ RADESYS: "GAPPT" }), /GAPPT;/);
  framed({})();
  framed({ RADESYS: "", EQUINOX: 2000 })();
  framed({ RADECSYS: "FK5", EQUINOX: "J2000" })();
  framed({ RADESYS: "FK5" })();
  framed({ EQUINOX: 2000, EPOCH: 1950 })();
  // An equinox has no meaning in ICRS.
  framed({ RADESYS: "ICRS", EQUINOX: 1950 })();
});

test("the other half of the sky has no pixel", () => {
  assert.equal(new Wcs(new Map(plain)).toPixel(330, -2), null);
});

test("the size of a pixel in arcseconds", () => {
  // CD holds 0.262 / 3600 degrees.
  assert.ok(Math.abs(new Wcs(new Map(plain)).pixelScale - 0.262) < 1e-12);
});

test("a header that cannot be used is refused with its reason", () => {
  assert.throws(() => new Wcs(without("CTYPE1", ["CTYPE1", "GLON-TAN"])), /"GLON-TAN".*right ascension/);
  assert.throws(() => new Wcs(without("CTYPE1", ["CTYPE1", "RA---ZEA"])), /RA---ZEA/);
  assert.throws(() => new Wcs(without("CTYPE1")), /its axes are "" and "DEC--TAN"/);
  assert.throws(() => new Wcs(without("CRVAL2")), /no CRVAL2/);
  assert.throws(() => new Wcs(without("RADESYS", ["RADESYS", "FK4"])), /FK4/);
  assert.throws(() => new Wcs(without("CUNIT1", ["CUNIT1", "arcsec"])), /CUNIT1 is "arcsec"/);
  // Where astropy and others take them though the axes do not say -SIP, and others do not.
  const sip: [string, number][] = [
    ["A_ORDER", 2],
    ["B_ORDER", 2],
    ["A_2_0", 1e-6],
  ];
  assert.throws(
    () => new Wcs(new Map([...plain, ...sip])),
    /polynomials of SIP .* write RA---TAN-SIP and DEC/,
  );
  assert.throws(() => new Wcs(new Map([...plain, ["PV1_2", 80]])), /PV1_2 is 80: a native reference point/);
  new Wcs(new Map([...plain, ["PV1_1", 0], ["PV1_2", 90], ["PV1_3", 180]]));
  const flat = new Map([...plain, ["CD1_1", 0], ["CD1_2", 0]] as [string, string | number | boolean][]);
  assert.throws(() => new Wcs(flat), /cannot be inverted/);
});
