import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fetchFollowing } from "../../../lib/data/download/fetch-following.js";

/** Answers in the place of the network, one address after the other; says what was asked for. */
function network(t: TestContext, redirects: Record<string, string>): string[] {
  const asked: string[] = [];
  t.mock.method(globalThis, "fetch", async (url: URL) => {
    asked.push(url.href);
    const location = redirects[url.href];
    return location ? new Response(null, { status: 302, headers: { location } }) : new Response("here");
  });
  return asked;
}

test("redirects are followed, relative ones too", async (t) => {
  const asked = network(t, { "https://a.org/x": "https://b.org/y?z", "https://b.org/y?z": "../w" });
  assert.equal(await (await fetchFollowing("https://a.org/x")).text(), "here");
  assert.deepEqual(asked, ["https://a.org/x", "https://b.org/y?z", "https://b.org/w"]);
});

test("none leads to this machine, a private network, out of encryption, or to no web address", async (t) => {
  const inside = [
    "127.0.0.1:8888",
    "localhost",
    "0.0.0.0",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "2130706433", // 127.0.0.1 as one number
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[fd00::1]",
    "[fe80::1]",
    "router",
    "metadata.google.internal",
  ];
  for (const host of inside) {
    const asked = network(t, { "https://a.org/": `https://${host}/secret` });
    await assert.rejects(fetchFollowing("https://a.org/"), /redirects to .* lies in a private network/, host);
    assert.equal(asked.length, 1);
    t.mock.reset();
  }
  network(t, { "https://a.org/": "http://a.org/", "http://b.org/": "file:///etc/passwd" });
  await assert.rejects(fetchFollowing("https://a.org/"), /not encrypted/);
  await assert.rejects(fetchFollowing("http://b.org/"), /no web address/);
});

test("a server on this machine may redirect to itself, and none may go on for ever", async (t) => {
  network(t, { "http://127.0.0.1:1/": "http://127.0.0.1:2/", "https://a.org/": "https://a.org/" });
  assert.equal(await (await fetchFollowing("http://127.0.0.1:1/")).text(), "here");
  await assert.rejects(fetchFollowing("https://a.org/"), /more than 20 times/);
});
