import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as zmq from "zeromq";
import { scratch } from "../../scratch.js";

test("asked for Jupyter's transport ipc, a kernel listens on files of the user's own and on no port", async (t) => {
  const folder = scratch(t);
  const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
  // As jupyter_client writes it: the addresses are ipc://IP-PORT.
  const ip = join(folder, "kernel-ipc");
  const [key, file] = [randomUUID(), join(folder, "connection.json")];
  writeFileSync(
    file,
    JSON.stringify({ transport: "ipc", ip, key, signature_scheme: "hmac-sha256", ...ports }),
    { mode: 0o600 },
  );
  const place = "environment/jupyter/kernels/latent-sky";
  const { argv } = JSON.parse(readFileSync(join(place, "kernel.json"), "utf8"));
  const [, ...args] = (argv as string[]).map((part) =>
    part.replaceAll("{connection_file}", file).replaceAll("{resource_dir}", place),
  );
  const kernel = spawn(process.execPath, args, {
    env: { ...process.env, LATENT_SKY_STARTER: String(process.pid) },
    stdio: "ignore",
  });
  const ended = new Promise((done) => kernel.once("exit", done));
  const shell = new zmq.Dealer({ linger: 0 });
  try {
    shell.connect(`ipc://${ip}-1`);
    const header = { msg_id: randomUUID(), session: "s", username: "u", date: "", version: "5.3" };
    const parts = [JSON.stringify({ ...header, msg_type: "kernel_info_request" }), "{}", "{}", "{}"];
    const signature = createHmac("sha256", key).update(parts.join("")).digest("hex");
    await shell.send(["<IDS|MSG>", signature, ...parts]);
    const [, , reply] = await shell.receive();
    assert.equal(JSON.parse(String(reply)).msg_type, "kernel_info_reply");
    const sockets = readdirSync(folder).filter((name) => name.startsWith("kernel-ipc-"));
    assert.deepEqual(
      sockets.sort(),
      [1, 2, 3, 4, 5].map((n) => `kernel-ipc-${n}`),
    );
    for (const name of sockets) assert.ok(statSync(join(folder, name)).isSocket());
  } finally {
    shell.close();
    kernel.kill("SIGKILL");
    await ended;
  }
});
