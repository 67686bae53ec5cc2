"""Golden tables for test/data/tables/astropy-tables.test.ts: small files that astropy writes, and the values it reads.

Run from the project's root: /usr/bin/python3 test/reference/data-tables.py
"""
import base64
import gzip
import io
import json
import warnings

import astropy
import numpy as np
from astropy.io import fits, votable
from astropy.io.votable.tree import Field, Resource, VOTableFile
from astropy.io.votable.tree import Table as VOTable
from astropy.table import MaskedColumn, Table

warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
cases = []


def plain(v):
    """A value as JSON has it: null where missing, integers that a double would round as text."""
    if v is np.ma.masked or v is None:
        return None
    if isinstance(v, bytes):
        v = v.decode()
    if isinstance(v, (bool, np.bool_)):
        return int(v)
    if isinstance(v, (int, np.integer)):
        return int(v) if abs(int(v)) < 2**53 else str(int(v))
    if isinstance(v, (float, np.floating)):
        return float(v) if np.isfinite(v) else (None if np.isnan(v) else str(float(v)))
    return str(v).rstrip()


def case(name, file, raw, columns, left=(), unit=None):
    """`columns`: name to values, in the order of the file; `left`, names that are not read."""
    cases.append({
        "name": name, "file": file, "unit": unit, "left": list(left),
        "bytes": base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode(),
        "columns": {k: [plain(v) for v in values] for k, values in columns.items()},
    })


def pack(hdus):
    out = io.BytesIO()
    fits.HDUList(hdus).writeto(out)
    return out.getvalue()


n = 5
ids = np.array(["J0001+00", "12.10", "12.1", "", "café"[:3] + "e"])
wide = rng.normal(size=(n, 5)).astype("f4")
typed = fits.BinTableHDU.from_columns([
    fits.Column("ID", "12A", array=ids),
    fits.Column("FLAG", "L", array=[True, False, True, False, True]),
    fits.Column("BYTE", "B", array=rng.integers(0, 256, n).astype("u1")),
    fits.Column("SHORT", "I", array=rng.integers(-(2**15), 2**15, n).astype("i2")),
    fits.Column("LONG", "J", array=rng.integers(-(2**31), 2**31, n).astype("i4")),
    fits.Column("SOURCE_ID", "K", array=np.array([2**60 + i for i in range(n)], "i8")),
    fits.Column("SMALL_K", "K", array=np.arange(n, dtype="i8") - 2),
    fits.Column("RA", "D", array=rng.uniform(0, 360, n)),
    fits.Column("MAG", "E", array=np.array([17.5, np.nan, np.inf, -1, 0], "f4")),
    fits.Column("FLUX", "5E", array=wide),
    fits.Column("SPECTRUM", "40E", array=rng.normal(size=(n, 40)).astype("f4")),
    fits.Column("BITS", "11X", array=np.zeros((n, 11), bool)),
    fits.Column("Z", "C", array=np.ones(n, "c8")),
], name="OBJECTS")
data = typed.data
scalars = ["ID", "FLAG", "BYTE", "SHORT", "LONG", "SOURCE_ID", "SMALL_K", "RA", "MAG"]
expect = {c: data[c] for c in scalars} | {f"FLUX_{k + 1}": wide[:, k] for k in range(5)}
left = ["SPECTRUM", "BITS", "Z"]
image = fits.ImageHDU(np.zeros((4, 4), "f4"), name="SCI")
case("binary table, every type", "types.fits", pack([fits.PrimaryHDU(), typed]), expect, left)
other = fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[7, 8])], name="SECOND")
several = pack([fits.PrimaryHDU(), image, typed, other])
case("the first of several tables, behind an image", "several.fits", several, expect, left)
case("a table by its name", "several.fits", several, {"x": [7, 8]}, unit="second")
case("a table by its index", "several.fits", several, {"x": [7, 8]}, unit=3)

texts = fits.BinTableHDU.from_columns([
    fits.Column("pair", "4A", dim="(2,2)", array=np.array([["ab", "cd"], ["ef", "gh"]])),
    fits.Column("single", "4A", dim="(4,1)", array=np.array(["abcd", "efgh"])),
    fits.Column("n", "J", array=[1, 2]),
])
case("several words in a cell", "texts.fits", pack([fits.PrimaryHDU(), texts]),
     {"single": ["abcd", "efgh"], "n": [1, 2]}, ["pair"])
# As SExtractor's CATALOG_TYPE FITS_LDAC: the header of the image, then the sources.
imhead = fits.BinTableHDU.from_columns([
    fits.Column("Field Header Card", "160A", dim="(80,2)", array=np.array([["SIMPLE  =                    T", "END"]])),
], name="LDAC_IMHEAD")
objects = fits.BinTableHDU.from_columns([
    fits.Column("NUMBER", "J", array=[1, 2, 3]),
    fits.Column("MAG_AUTO", "E", array=np.array([17.5, 18.25, 99], "f4")),
], name="LDAC_OBJECTS")
case("SExtractor's sources, behind the header of their image", "ldac.fits",
     pack([fits.PrimaryHDU(), imhead, objects]), {"NUMBER": [1, 2, 3], "MAG_AUTO": [17.5, 18.25, 99]})

unsigned = fits.BinTableHDU(Table({
    "u2": np.array([0, 1, 40000, 65535, 5], "u2"),
    "u4": np.array([0, 1, 4000000000, 7, 5], "u4"),
    "u8": np.array([0, 1, 2**63 + 12345, 2**52, 5], "u8"),
}))
case("unsigned integers", "unsigned.fits", pack([fits.PrimaryHDU(), unsigned]), {
    "u2": [0, 1, 40000, 65535, 5], "u4": [0, 1, 4000000000, 7, 5],
    # 2^63 and more are text, and so is the whole column
    "u8": ["0", "1", str(2**63 + 12345), str(2**52), "5"]})

raw = np.array([(100, -99, 5), (-32768, 3, 6), (250, 4, -1)], dtype=[("scaled", ">i2"), ("blank", ">i4"), ("k", ">i8")])
scaled = fits.BinTableHDU(raw)
for key, value in [("TSCAL1", 0.01), ("TZERO1", 20.0), ("TNULL1", -32768), ("TNULL2", -99), ("TNULL3", -1)]:
    scaled.header[key] = value
case("scaled and missing integers", "scaled.fits", pack([fits.PrimaryHDU(), scaled]),
     {"scaled": [21.0, None, 22.5], "blank": [None, 3, 4], "k": [5, 6, None]})

words = ["a", "longer than that", "", "é", "x" * 70]
heap = fits.BinTableHDU.from_columns([
    fits.Column("name", "PA()", array=np.array(words[:3] + ["e", words[4]], dtype=object)),
    fits.Column("n", "J", array=np.arange(n)),
    fits.Column("list", "PJ()", array=np.array([np.arange(k) for k in range(n)], dtype=object)),
])
case("text in the heap", "heap.fits", pack([fits.PrimaryHDU(), heap]),
     {"name": words[:3] + ["e", words[4]], "n": range(n)}, ["list"])

text = fits.TableHDU.from_columns([
    fits.Column("NAME", "A10", array=np.array(["NGC 1", "NGC 2", "M 31"])),
    fits.Column("N", "I6", array=np.array([1, -2, 300])),
    fits.Column("F", "F10.4", array=np.array([1.25, -3.5, 1000.0])),
    fits.Column("D", "D20.10", array=np.array([1.5e-10, 2.5, -7e12])),
])
case("ASCII table", "ascii.fits", pack([fits.PrimaryHDU(), text]),
     {"NAME": ["NGC 1", "NGC 2", "M 31"], "N": [1, -2, 300], "F": [1.25, -3.5, 1000.0], "D": [1.5e-10, 2.5, -7e12]})
case("no rows", "empty.fits", pack([fits.PrimaryHDU(), fits.BinTableHDU(typed.data[:0])]),
     {c: [] for c in expect}, left)

vo = Table(masked=True)
vo["id"] = ["12.10", "a b", "<&>"]
vo["flag"] = MaskedColumn([True, False, True], mask=[False, False, True])
vo["byte"] = MaskedColumn(np.array([0, 200, 255], "u1"), mask=[False, True, False])
vo["short"] = np.array([-5, 7, 32000], "i2")
vo["int"] = MaskedColumn(np.array([-5, 7, -99], "i4"), mask=[False, False, True])
vo["long"] = np.array([2**60 + 1, 5, -6], "i8")
vo["float"] = MaskedColumn(np.array([1.5, np.nan, 2.25], "f4"), mask=[True, False, False])
vo["double"] = np.array([1e-300, np.inf, -0.1])
vo["mags"] = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], "f4")
vo["lang"] = np.array(["é", "ü", "星"])
order = ["id", "flag", "byte", "short", "int", "long", "float", "double", "mags_1", "mags_2", "mags_3", "lang"]
for how in ["tabledata", "binary", "binary2"]:
    if how != "tabledata":  # astropy 5.2 writes no missing integers to a stream
        for c in ["flag", "byte", "int"]:
            vo[c].mask = False
    out = io.BytesIO()
    votable.from_table(vo).to_xml(out, tabledata_format=how)
    want = {c: list(vo[c]) for c in vo.colnames if c != "mags"}
    want |= {f"mags_{k + 1}": vo["mags"][:, k] for k in range(3)}
    case(f"VOTable, {how}", f"{how}.vot", out.getvalue(), {c: want[c] for c in order})

uneven = VOTableFile()
resource = Resource()
uneven.resources.append(resource)
for t in range(2):
    table = VOTable(uneven)
    resource.tables.append(table)
    table.name = f"t{t}"
    table.fields.extend([
        Field(uneven, name="name", datatype="char", arraysize="*"),
        Field(uneven, name="list", datatype="float", arraysize="*"),
        Field(uneven, name="n", datatype="int"),
    ])
    table.create_arrays(2)
    table.array[0] = ("one", np.ma.array([1, 2], dtype="f4", mask=[0, 0]), 10 + t)
    table.array[1] = ("two", np.ma.array([], dtype="f4", mask=[]), 20 + t)
for how in ["tabledata", "binary2"]:
    out = io.BytesIO()
    uneven.to_xml(out, tabledata_format=how)
    case(f"VOTable of two tables, uneven arrays, {how}", f"two-{how}.xml", out.getvalue(),
         {"name": ["one", "two"], "n": [10, 20]}, ["list"])
    case(f"the second by name, {how}", f"two-{how}.xml", out.getvalue(),
         {"name": ["one", "two"], "n": [11, 21]}, ["list"], unit="t1")

e = Table()
e["id"] = ["12.10", "12.1", "a b"]
e["n"] = MaskedColumn([1, 2, 3], mask=[False, True, False])
e["x"] = [1.5, np.nan, -2e-7]
e["ok"] = [True, False, True]
for delimiter in [" ", ","]:
    out = io.StringIO()
    e.write(out, format="ascii.ecsv", delimiter=delimiter)
    case(f"ECSV, delimiter {delimiter!r}", "t.ecsv", out.getvalue().encode(), {c: list(e[c]) for c in e.colnames})

# What is masked has a value of its own, and a column that says so.
masked = Table({
    "id": MaskedColumn(["a", "b", "c"], mask=[False, True, False]),
    "n": MaskedColumn([1, 2, 3], mask=[False, False, True]),
    "x": MaskedColumn([1.5, 2.5, 3.5], mask=[True, False, False]),
})
out = io.StringIO()
masked.write(out, format="ascii.ecsv", serialize_method="data_mask")
case("ECSV with masks beside the values", "t.ecsv", out.getvalue().encode(), {
    "id": ["a", "", "c"], "n": list(masked["n"]), "x": list(masked["x"]),
})

# A missing value need not be written as the header has it.
fields = [("n", "int", "-99", ["-99", "-099", "5"]), ("x", "double", "-9999", ["-9999.0", "1.5", "-9.999E3"])]
rows = "".join("<TR>" + "".join(f"<TD>{f[3][row]}</TD>" for f in fields) + "</TR>" for row in range(3))
heads = "".join(f'<FIELD name="{n}" datatype="{t}"><VALUES null="{v}"/></FIELD>' for n, t, v, _ in fields)
xml = f'<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE><TABLE>{heads}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>'
read = votable.parse_single_table(io.BytesIO(xml.encode())).to_table()
case("VOTable, missing values spelled otherwise", "null.vot", xml.encode(), {n: list(read[n]) for n, *_ in fields})

with open("test/reference/data-tables.json", "w") as f:
    json.dump({"astropy": astropy.__version__, "numpy": np.__version__, "cases": cases}, f, indent=1)
    f.write("\n")
