import { Script } from "node:vm";
import { Interrupts } from "../../../environment/kernel/interrupts.js";

/** Interrupts itself in many ways and prints what came of it; interrupts.test.ts reads that. */
async function main(): Promise<void> {
  let reached = 0;
  const interrupts = new Interrupts(() => reached++);
  const pause = (ms: number) => new Promise((r) => setTimeout(r, ms));
  const interrupt = () => process.kill(process.pid, "SIGINT");
  Object.assign(globalThis, { interrupt });
  const runs = (code: string) => {
    try {
      interrupts.run(new Script(code));
      return true;
    } catch {
      return false;
    }
  };
  const said: Record<string, unknown> = {};

  // A library that listens and stops listening.
  const listener = () => {};
  process.on("SIGINT", listener);
  process.off("SIGINT", listener);

  // The signal comes while the script ends: now as an end of the script, now in the wait that follows.
  let unheard = 0;
  let strays = 0;
  for (let i = 0; i < 200; i++) {
    const before = reached;
    interrupts.beginCell();
    runs("interrupt()");
    for (let n = 0; n < 400 && reached === before; n++) await pause(5);
    interrupts.endCell();
    if (reached !== before + 1) unheard++;
    interrupts.beginCell();
    if (!runs("for (const end = Date.now() + 2; Date.now() < end; ) {}")) strays++;
    interrupts.endCell();
  }
  Object.assign(said, { unheard, strays });

  // Between two cells, more often than there are watches.
  const before = reached;
  for (let i = 0; i < 40; i++) {
    interrupt();
    if (i % 8 === 0) await pause(20);
  }
  await pause(200);
  interrupts.beginCell();
  said.ranAfterIdleInterrupts = runs("globalThis.ran = 1") && reached === before;
  interrupts.endCell();

  // While the cell is compiled.
  interrupts.beginCell();
  interrupt();
  await pause(200);
  said.ranThoughInterrupted = runs("globalThis.ran = 2") || (globalThis as { ran?: number }).ran === 2;
  interrupts.endCell();

  // An endless loop.
  interrupts.beginCell();
  said.endlessLoopEnded = !runs("interrupt(); for (;;) {}");
  interrupts.endCell();
  console.log(JSON.stringify(said));
}

main();
