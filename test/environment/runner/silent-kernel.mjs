/** A kernel that answers every request, and is idle again after any but that to run a cell. */
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Publisher, Router } from "zeromq";

setTimeout(() => process.exit(), 60_000); // should the test end without it
const { key, shell_port, iopub_port } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const [shell, iopub] = [new Router(), new Publisher()];
await shell.bind(`tcp://127.0.0.1:${shell_port}`);
await iopub.bind(`tcp://127.0.0.1:${iopub_port}`);
for await (const [identity, , , header] of shell) {
  const parent = JSON.parse(header.toString());
  const send = (socket, to, msg_type, content) => {
    const parts = [{ msg_type, msg_id: randomUUID() }, parent, {}, content].map((part) =>
      JSON.stringify(part),
    );
    const signature = createHmac("sha256", key).update(parts.join("")).digest("hex");
    return socket.send([to, "<IDS|MSG>", signature, ...parts]);
  };
  await send(shell, identity, parent.msg_type.replace("request", "reply"), { status: "ok" });
  if (parent.msg_type !== "execute_request")
    await send(iopub, "status", "status", { execution_state: "idle" });
}
