/** No program writes a control character into a table, but tab, line feed, form feed, return and Ctrl-Z. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const notText = /[\0-\x08\x0b\x0e-\x19\x1b-\x1f]/;

/** Thrown where bytes are not in the encoding they were read as. */
export class NotThisEncoding extends Error {}

/**
 * The encoding that the first bytes of a text file show: by its byte order mark, by the zeros between the letters of
 * UTF-16 without one, else UTF-8. Whether it is UTF-8 only the whole file tells.
 */
export function encodingOf(head: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const sample = head.subarray(0, 512);
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i % 2]++;
  if (zeros[0] + zeros[1] === 0) return "utf-8";
  const half = sample.length / 2;
  if (zeros[1] > 0.8 * half && zeros[0] === 0) return "utf-16le";
  if (zeros[0] > 0.8 * half && zeros[1] === 0) return "utf-16be";
  throw new Error("it is neither text nor a kind of table that is read here");
}

/** The text of `chunks`; throws `NotThisEncoding` at the first byte that does not fit. A byte order mark is dropped. */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (part?: Uint8Array) => {
    try {
      return part ? decoder.decode(part, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new NotThisEncoding(`it is not ${encoding}`, { cause });
    }
  };
  for await (const part of chunks) {
    const text = decode(part);
    const control = notText.exec(text);
    if (control) {
      const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      throw new Error(`it has control characters (U+${code}): it is no text, or damaged`);
    }
    if (text) yield text;
  }
  const rest = decode();
  if (rest) yield rest;
}
