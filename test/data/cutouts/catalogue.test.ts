import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type CatalogueColumns, readCatalogue } from "../../../lib/data/cutouts/catalogue.js";
import { cutoutSides } from "../../../lib/data/cutouts/cutout-size.js";
import { scratch } from "../../scratch.js";

const folder = scratch();

/** A catalogue file of `text`, read. */
async function read(name: string, text: string, columns: CatalogueColumns = {}) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return readCatalogue(path, columns);
}

/** A VOTable of one source at ra 10, dec 20, with `system` before the table and attributes of its fields. */
const votable = (system: string, ra = "", dec = ra, group = "") =>
  `<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE>${system}<TABLE>${group}
   <FIELD ID="ra" name="ra" datatype="double" ${ra}/><FIELD ID="dec" name="dec" datatype="double" ${dec}/>
   <DATA><TABLEDATA><TR><TD>10</TD><TD>20</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`;

const coosys = (id: string, system: string, equinox = "") =>
  `<COOSYS ID="${id}" system="${system}" equinox="${equinox}"/>`;

test("a VOTable's coordinate system is read, and one that is not ICRS or FK5 2000 is refused", async () => {
  const b1950 = coosys("B1950", "eq_FK4", "B1950.0");
  const j2000 = coosys("J2000", "eq_FK5", "J2000.0");
  const refused = (text: string, pattern: RegExp) => assert.rejects(read("a.vot", text), pattern);
  await refused(
    votable(b1950, 'ref="B1950"'),
    /Column "ra" of .*a\.vot is in FK4 of equinox B1950\.0; .*SkyCoord/,
  );
  // Old services name the system and let no field refer to it.
  await refused(votable(b1950), /FK4 of equinox B1950\.0/);
  await refused(votable(coosys("s", "eq_FK5", "J1975")), /FK5 of equinox J1975/);
  await refused(votable(coosys("s", "FK4")), /is in FK4;/);
  await refused(votable(coosys("s", "galactic"), 'ref="s"'), /is in GALACTIC/);
  await refused(votable("", 'ucd="pos.galactic.lon"'), /is in GALACTIC/);
  await refused(votable("", 'ucd="POS_GAL_LON"'), /is in GAL;/);
  await refused(votable("", 'unit="h"', 'unit="deg"'), /"ra" of .* is in h; positions must be in degrees/);
  await refused(votable("", 'unit="rad"'), /is in rad/);
  const group = '<GROUP ref="B1950"><FIELDref ref="ra"/><FIELDref ref="dec"/></GROUP>';
  await refused(votable(`${b1950}${j2000}`, "", "", group), /FK4 of equinox B1950/);
  for (const text of [
    votable(j2000, 'ref="J2000"'),
    votable(`${b1950}${j2000}`, 'ref="J2000" unit="deg" ucd="pos.eq.ra;meta.main"'),
    // Some other column is in B1950.
    votable(`${b1950}<COOSYS ID="i" system="ICRS" epoch="J2016.0"/>`, 'ref="i"'),
    votable(coosys("s", "eq_FK5")),
    // Of no right ascension, unless a field says so.
    votable(coosys("s", "galactic")),
    votable(""),
  ])
    assert.deepEqual([...(await read("a.vot", text)).ra], [10]);
});

test("an ECSV file's frame and units are read", async () => {
  const ecsv = (meta: string, unit = "deg") =>
    `# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, unit: ${unit}, datatype: float64}\n` +
    `# - {name: dec, unit: deg, datatype: float64}\n${meta}# schema: astropy-2.0\nra dec\n10 20\n`;
  const header = "# meta: !!omap\n# - {RADESYS: FK4}\n# - {EQUINOX: 1950.0}\n";
  await assert.rejects(read("a.ecsv", ecsv(header)), /FK4 of equinox 1950/);
  await assert.rejects(read("a.ecsv", ecsv("", "hourangle")), /is in hourangle/);
  assert.deepEqual([...(await read("a.ecsv", ecsv(""))).dec], [20]);
  assert.deepEqual([...(await read("a.ecsv", ecsv("# meta: {RADESYS: ICRS}\n"))).dec], [20]);
  // As astropy writes a SkyCoord.
  const mixin = (frame: string, more = "") =>
    "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: sky.ra, unit: deg, datatype: float64}\n" +
    "# - {name: sky.dec, unit: deg, datatype: float64}\n# meta: !!omap\n# - __serialized_columns__:\n#     sky:\n" +
    `#       __class__: astropy.coordinates.sky_coordinate.SkyCoord\n${more}#       frame: ${frame}\n` +
    "# schema: astropy-2.0\nsky.ra sky.dec\n10 20\n";
  const columns = { raColumn: "sky.ra", decColumn: "sky.dec" };
  await assert.rejects(read("a.ecsv", mixin("fk4"), columns), /"sky\.ra" of .* is in FK4;/);
  const of1975 = "#       equinox: !astropy.time.Time {jd1: 2442413.0, jd2: 0.75}\n";
  await assert.rejects(read("a.ecsv", mixin("fk5", of1975), columns), /FK5 of equinox J1975/);
  assert.deepEqual([...(await read("a.ecsv", mixin("icrs"), columns)).ra], [10]);
  assert.deepEqual([...(await read("a.ecsv", mixin("fk5"), columns)).ra], [10]);
});

test("columns named as galactic or as of 1950 are no right ascension", async () => {
  const columns = { raColumn: "l", decColumn: "b" };
  await assert.rejects(read("a.csv", "id,l,b\na,10,20\n", columns), /Column "l" of .* is in GALACTIC/);
  const of1950 = { raColumn: "RAB1950", decColumn: "DEB1950" };
  await assert.rejects(read("a.csv", "id,RAB1950,DEB1950\na,10,20\n", of1950), /FK4 of equinox B1950/);
});

test("a column of sizes has the unit of its file", async () => {
  const sized = async (unit: string) => {
    const head = `# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, datatype: float64}\n# - {name: dec, datatype: float64}\n`;
    const text = `${head}# - {name: r, unit: ${unit}, datatype: float64}\n# schema: astropy-2.0\nra dec r\n10 20 0.5\n`;
    const catalogue = await read("sizes.ecsv", text, { sizeColumn: "r" });
    return (options = {}) => cutoutSides({ column: "r", factor: 4, ...options }, catalogue)(0, 0.5);
  };
  assert.equal((await sized("arcmin"))(), 240);
  assert.equal((await sized("arcsec"))(), 4);
  assert.equal((await sized("pix"))(), 2);
  assert.equal((await sized("kpc"))({ unit: "arcsec" }), 4);
  const kpc = await sized("kpc");
  assert.throws(() => kpc(), /column is in kpc; arcsec, arcmin, deg and pixel are read/);
});
