import { createHmac, timingSafeEqual } from "node:crypto";

/** The kernel's part of a Jupyter connection file that says who may speak to it. */
export interface ConnectionSecret {
  key: string;
  signature_scheme?: string;
}

const delimiter = Buffer.from("<IDS|MSG>");

/**
 * Who may speak to the kernel: whoever knows the connection file's key, and each message once.
 *
 * Any user of the machine can connect to the kernel's ports; that a message is the owner's is known by its signature
 * alone (messaging protocol 5.3, "the wire protocol": HMAC-SHA256 over header, parent header, metadata and content).
 * What carries no right signature is dropped without a word on any socket: an answer, or a line in a cell's output,
 * would be read by whoever tries. A message seen before is dropped as well, as by jupyter_client, so that one that was
 * overheard cannot be sent again. Signatures are kept for the kernel's whole life: only the owner's messages add to
 * them, some hundred bytes each.
 */
export class MessageGuard {
  private readonly key: Buffer;
  private readonly seen = new Set<string>();

  /** Throws where the connection file has no key or another scheme: such a kernel would serve everybody or nobody. */
  constructor({ key, signature_scheme: scheme = "hmac-sha256" }: ConnectionSecret) {
    if (typeof key !== "string" || key === "") {
      throw new Error(
        "The connection file has no key, so any user of this machine could run cells: " +
          "start the kernel from Jupyter or the runner, which make one.",
      );
    }
    if (scheme !== "hmac-sha256") {
      throw new Error(
        `The connection file asks for signatures by "${scheme}"; this kernel knows hmac-sha256: ` +
          "set c.Session.signature_scheme to it, Jupyter's default.",
      );
    }
    this.key = Buffer.from(key);
  }

  /** Whether these frames are a whole message, signed with the key, and never seen before. */
  admits(frames: readonly Uint8Array[]): boolean {
    const start = frames.findIndex((frame) => delimiter.equals(frame));
    if (start < 0 || frames.length < start + 6) return false;
    const [signature, ...parts] = frames.slice(start + 1);
    const right = createHmac("sha256", this.key);
    for (const part of parts) right.update(part);
    const expected = Buffer.from(right.digest("hex"));
    // Compared in constant time: the time taken tells nothing about how much of a guess was right.
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return false;
    const name = expected.toString("latin1");
    if (this.seen.has(name)) return false;
    this.seen.add(name);
    return parts.slice(0, 4).every(isJsonObject);
  }
}

/** The four parts of a message are dictionaries; the owner's front end sends nothing else. */
function isJsonObject(part: Uint8Array): boolean {
  try {
    const value = JSON.parse(Buffer.from(part).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
