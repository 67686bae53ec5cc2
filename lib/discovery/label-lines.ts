import { mergerDefaults } from "../data/votes/vote-cuts.js";

/** One answer of a person: a score, or a class with a name of the person's own, or an undo. */
export interface LabelEntry {
  id: string;
  /** 0 to 5; null, skipped. */
  score?: number | null;
  /** A class; null, looked at and left without one. A score and a class of one object stand side by side. */
  class?: string | null;
  /** Takes the id's last answer by the same person back. */
  undo?: true;
  /** Who answered; absent, nobody gave a name. */
  by?: string;
  /** Answers given in one act (a whole selection) share it: one undo takes all of them back. */
  act?: string;
  /** The person had the votes shown first. */
  sawVotes?: true;
  time: string;
}

/** The longest name of a class or of a person. */
const LONGEST_NAME = 80;

/** Why a value is no label, or null. */
export function notALabel(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return "it is no object with an id";
  const { id, score, undo, by, act, class: name } = value as Record<string, unknown>;
  if (typeof id !== "string") return "its id is no text";
  if (by !== undefined && !isName(by))
    return `its "by" is no name of 1 to ${LONGEST_NAME} characters in one line`;
  if (act !== undefined && typeof act !== "string") return 'its "act" is no text';
  if (undo !== undefined) return undo === true ? null : "its undo is not true";
  if (name !== undefined && score !== undefined) return "it has a score and a class; give each a line";
  if (name === null || isName(name)) return null;
  if (name !== undefined) return `its class is no name of 1 to ${LONGEST_NAME} characters in one line`;
  const highest = mergerDefaults.highestScore;
  if (score === null || (Number.isInteger(score) && Number(score) >= 0 && Number(score) <= highest))
    return null;
  return `its score is ${JSON.stringify(score) ?? "missing"}, and one is a whole number from 0 to ${highest}, or null for skipped`;
}

function isName(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.trim() === value &&
    value.length >= 1 &&
    value.length <= LONGEST_NAME &&
    !/\p{Cc}/u.test(value)
  );
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * The entries of a label file's bytes, and how many bytes of it they fill. A last line that was cut short is left
 * out: it was being written when its process ended, and never acknowledged. Any other line that is no label was
 * acknowledged once, so it is named and nothing is read past it in silence.
 */
export function labelLines(bytes: Uint8Array, path: string): { entries: LabelEntry[]; whole: number } {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new Error(`${path} is in UTF-16; save it as UTF-8 and run again.`);
  const entries: LabelEntry[] = [];
  let start = 0;
  for (let row = 1; start < bytes.length; row++) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    const read = readLine(line);
    if ("wrong" in read) {
      if (end < 0 && read.torn) break;
      throw new Error(
        `Line ${row} of ${path} is damaged (${read.wrong}); mend or delete that line and run again: ` +
          `${JSON.stringify(Buffer.from(line.subarray(0, 80)).toString("utf8"))}`,
      );
    }
    if (read.entry) entries.push(read.entry);
    start = end < 0 ? bytes.length : end + 1;
  }
  return { entries, whole: start };
}

function readLine(line: Uint8Array): { entry: LabelEntry | null } | { wrong: string; torn: boolean } {
  let text: string;
  try {
    text = strictUtf8.decode(line).trim();
  } catch {
    return { wrong: "it is not UTF-8", torn: line[0] === 0x7b };
  }
  if (text === "") return { entry: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { wrong: "it is not JSON", torn: text.startsWith("{") };
  }
  const wrong = notALabel(value);
  return wrong ? { wrong, torn: false } : { entry: value as LabelEntry };
}
