import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../lib/files/with-lock.js";

/** One of several processes that share a file: `lock-child.ts count FILE TIMES` or `lock-child.ts hold FILE`. */
const [, , task, file, times] = process.argv;
if (task === "count") {
  for (let i = 0; i < Number(times); i++)
    await withLock(file, async () => {
      const count = Number(readFileSync(file, "utf8"));
      await sleep(1);
      writeFileSync(file, String(count + 1));
    });
} else {
  await withLock(file, async () => {
    console.log("held");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}
