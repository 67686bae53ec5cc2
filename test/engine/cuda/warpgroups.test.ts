import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { noCuda, onCard } from "./emulated.js";

/**
 * The kernels for compute capability 9.0 multiply by whole warpgroups: the engine's golden tests again, with the
 * emulated card built of those. On a card of that kind the other tests run them already.
 */
const skip = noCuda || (onCard && "the other tests run the card's own kernels");

test("with the products of warpgroups the network and a BYOL step are PyTorch's", { skip }, () => {
  const args = ["--import", "tsx", "--test", "--test-reporter=tap", "--test-name-pattern=^cuda"];
  const env = { ...process.env, LATENT_SKY_EMULATOR_FLAGS: "-DSKY_WARPGROUPS", NODE_TEST_CONTEXT: undefined };
  const { status, stdout } = spawnSync(process.execPath, [...args, "test/nn/golden.test.ts"], {
    ...{ env, encoding: "utf8", maxBuffer: 1 << 26 },
  });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^ok \d+ - cuda: one BYOL step/m);
  assert.doesNotMatch(stdout, /^ok \d+ - cuda: .* # SKIP/m);
});
