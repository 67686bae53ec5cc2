import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { MessageGuard } from "../../../environment/kernel/message-guard.js";

const key = "a key of the test";

function signed(parts: string[], by = key): Buffer[] {
  const signature = createHmac("sha256", by).update(parts.join("")).digest("hex");
  return ["a front end", "<IDS|MSG>", signature, ...parts].map((frame) => Buffer.from(frame));
}
const replaced = <T>(list: T[], at: number, by: T) => list.map((item, i) => (i === at ? by : item));
const message = (id: string, extra: string[] = []) => [
  `{"msg_id":"${id}"}`,
  "{}",
  "{}",
  '{"code":"1"}',
  ...extra,
];

test("a message signed with the key is admitted, with any routing before it and buffers behind it", () => {
  const guard = new MessageGuard({ key });
  assert.equal(guard.admits(signed(message("1"))), true);
  assert.equal(guard.admits(signed(message("2")).slice(1)), true);
  assert.equal(guard.admits([Buffer.from("one more hop"), ...signed(message("3", ["a buffer"]))]), true);
});

test("the same message comes once, whatever routing it carries the second time", () => {
  const guard = new MessageGuard({ key });
  assert.equal(guard.admits(signed(message("1"))), true);
  assert.equal(guard.admits(signed(message("1"))), false);
  assert.equal(guard.admits([Buffer.from("somebody else"), ...signed(message("1")).slice(1)]), false);
  assert.equal(guard.admits(signed(message("2"))), true);
});

test("any other signature is refused, and any change under a right one", () => {
  const guard = new MessageGuard({ key });
  const frames = signed(message("1"));
  const right = frames[2].toString();
  for (const guess of ["", "x", "0".repeat(64), right.toUpperCase(), right.slice(0, 63), `${right}0`]) {
    const forged = replaced(frames, 2, Buffer.from(guess));
    assert.equal(guard.admits(forged), guess === right, guess);
  }
  for (let part = 3; part < 7; part++) {
    assert.equal(guard.admits(replaced(frames, part, Buffer.from('{"code":"2"}'))), false, `part ${part}`);
  }
  assert.equal(guard.admits(signed(message("1"), "another key")), false);
  assert.equal(guard.admits(frames), true, "none of this used the message up");
});

test("what is no message is refused, signed or not", () => {
  const guard = new MessageGuard({ key });
  const frames = signed(message("1"));
  for (let length = 0; length < frames.length; length++) {
    assert.equal(guard.admits(frames.slice(0, length)), false, `${length} frames`);
  }
  for (const junk of ["", "{", "null", "[]", "1", '"x"']) {
    for (let part = 0; part < 4; part++) {
      assert.equal(
        guard.admits(signed(replaced(message("1"), part, junk))),
        false,
        `${junk} as part ${part}`,
      );
    }
  }
});

test("a connection without a key or with another scheme is refused", () => {
  assert.throws(() => new MessageGuard({ key: "" }), /no key, so any user of this machine could run cells/);
  assert.throws(() => new MessageGuard({ key, signature_scheme: "hmac-md5" }), /"hmac-md5".*hmac-sha256/);
});
