import { open } from "node:fs/promises";

/** Whether a file begins with these bytes, given as Latin-1. */
export async function startsWith(path: string, magic: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(magic.length);
    await file.read(head, 0, head.length, 0);
    return head.toString("latin1") === magic;
  } finally {
    await file.close();
  }
}
