import assert from "node:assert/strict";
import { test } from "node:test";
import { namesTogether } from "../../lib/data/names-together.js";

test("names are divided at a plus that is not part of one", () => {
  const known = ["efigi", "galaxy-zoo-2", "/a/c++ images", "/a/x", "/a/x+y", "y"];
  const divide = (text: string) => namesTogether(text, (name) => known.includes(name));
  assert.deepEqual(divide("efigi+galaxy-zoo-2"), ["efigi", "galaxy-zoo-2"]);
  assert.deepEqual(divide("efigi+/a/c++ images"), ["efigi", "/a/c++ images"]);
  assert.deepEqual(divide("/a/c++ images+efigi+/a/x"), ["/a/c++ images", "efigi", "/a/x"]);
  assert.deepEqual(divide("/a/x+y"), ["/a/x+y"], "as few as possible");
  assert.deepEqual(divide("/a/x+y+y"), ["/a/x+y", "y"]);
  // What is missing can be named.
  assert.deepEqual(divide("efigi+/a/c++ images+nowhere"), ["efigi", "/a/c++ images", "nowhere"]);
});
