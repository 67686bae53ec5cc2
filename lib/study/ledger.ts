import { readFile } from "node:fs/promises";
import { knownByName } from "../data/open-dataset.js";
import { atomicWrite } from "../files/atomic-write.js";
import { paths } from "../files/paths.js";
import { withLock } from "../files/with-lock.js";
import { type PaperValue, paperValues } from "./paper-values.js";

/** One number measured here, and what it was measured on. */
export interface LedgerEntry {
  id: string;
  /** Null: it was looked for and did not happen. */
  value: number | null;
  dataset: string;
  profile: string;
  notebook: string;
  /** Why a choice departs from the paper's, or what limits the comparison. */
  note?: string;
}

export type Verdict =
  | "reproduced"
  | "within a factor of two"
  | "not comparable"
  | "differs"
  | "no verdict"
  | "not measured";

/** A row of the ledger: the paper beside here. */
export interface LedgerRow extends PaperValue {
  /** Null where it was not measured, and where what it counts did not happen: the verdict says which. */
  here: number | null;
  dataset: string;
  profile: string;
  verdict: Verdict;
  note: string;
}

const file = () => paths.out("ledger.json");

/** A damaged ledger would fail later, in words about something else. */
function isEntry(e: unknown): e is LedgerEntry {
  const { id, value, dataset, profile, notebook } = (e ?? {}) as Record<string, unknown>;
  return (
    (value === null || Number.isFinite(value)) &&
    [id, dataset, profile, notebook].every((text) => typeof text === "string")
  );
}

async function entries(): Promise<LedgerEntry[]> {
  try {
    const read: unknown = JSON.parse(await readFile(file(), "utf8"));
    if (!Array.isArray(read) || !read.every(isEntry)) throw new Error("it holds something else than numbers");
    return read;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new Error(`The ledger ${file()} cannot be read; move it away and run the notebooks again.`, {
      cause: error,
    });
  }
}

/**
 * Numbers by the paper's ids, with a note where one is due. What is undefined could not be measured here; null is what
 * was looked for and did not happen, and the note says how far was looked.
 */
export type Measured = Record<
  string,
  number | undefined | { value: number | null | undefined; note: string }
>;

/**
 * Writes numbers measured by a notebook into the ledger. A setting that is the paper's needs no note. A number is known
 * by its paper id, dataset and profile: running the notebook again replaces it and leaves the others.
 */
export async function record(
  source: { dataset: string; profile: string; notebook: string },
  values: Measured,
): Promise<void> {
  const known = new Map(paperValues.map((p) => [p.id, p]));
  const fresh = Object.entries(values).flatMap(([id, v]): LedgerEntry[] => {
    const paper = known.get(id);
    if (!paper) throw new Error(`The paper states no "${id}": ids are listed in paper-values.ts.`);
    const { value, note } = typeof v === "object" ? v : { value: v, note: undefined };
    if (value === undefined) return [];
    if (value !== null && !Number.isFinite(value))
      throw new Error(`The ledger takes finite numbers, but "${id}" is ${value}.`);
    const asThere = paper.kind === "choice" && verdict(paper, value, source.dataset) === "reproduced";
    return [{ id, value, ...source, ...(note && !asThere ? { note } : {}) }];
  });
  const key = (e: LedgerEntry) => `${e.id}|${e.dataset}|${e.profile}`;
  const replaced = new Set(fresh.map(key));
  // Two notebooks may record at once: each adds to what the other wrote.
  await withLock(file(), async () => {
    const kept = (await entries()).filter((e) => !replaced.has(key(e)));
    await atomicWrite(file(), `${JSON.stringify([...kept, ...fresh], null, 1)}\n`);
  });
}

/**
 * How a number compares with the paper's.
 *
 * A choice is reproduced when it is the same. Counts and costs belong to the paper's own data and machine and are
 * comparable only on the full release. A result is reproduced within 10 % of the paper's value, a fraction within 0.03
 * (10 % of an accuracy of 0.95 would let the errors triple), and differs where it is not within a factor of two. On a
 * person's own images it neither reproduces the paper nor differs from it: a count, a cost or a result has no verdict
 * there, and what the paper says in words has none anywhere. Null, what did not happen here, differs from any number.
 */
export function verdict(paper: PaperValue, here: number | null, dataset: string): Verdict {
  if (paper.value === null) return "no verdict";
  const same = here !== null && Math.abs(here - paper.value) <= 1e-9 * Math.abs(paper.value);
  if (paper.kind === "choice") return same ? "reproduced" : "differs";
  if (!dataset.split("+").every((name) => knownByName(name))) return "no verdict";
  if (paper.kind === "count")
    return same ? "reproduced" : dataset === paper.release ? "differs" : "not comparable";
  if (paper.kind === "cost") return "not comparable";
  if (here === null) return "differs";
  const tolerance = paper.unit === "fraction" ? 0.03 : 0.1 * Math.abs(paper.value);
  if (Math.abs(here - paper.value) <= tolerance) return "reproduced";
  const ratio = here / paper.value;
  return ratio >= 0.5 && ratio <= 2 ? "within a factor of two" : "differs";
}

/**
 * The ledger: every number of the paper with every measurement of it, or with those of one dataset and profile. A
 * number that was not measured has a row all the same; nothing is left out. Beside a survey the numbers of section 8
 * are MiraBest's at the same profile, as that notebook takes it (`openStudyData`), and say so.
 */
export async function ledger(of?: { dataset: string; profile: string }): Promise<LedgerRow[]> {
  const measured = (await entries()).filter((e) => !of || e.profile === of.profile);
  return paperValues.flatMap((paper): LedgerRow[] => {
    const all = measured.filter((e) => e.id === paper.id);
    const own = of ? all.filter((e) => e.dataset === of.dataset) : all;
    const standIn = all.filter((e) => paper.section.startsWith("8") && e.dataset === paper.release);
    const mine = own.length
      ? own
      : standIn.map((e) => ({ ...e, note: [`on ${e.dataset}`, e.note].filter(Boolean).join("; ") }));
    if (!mine.length)
      return [{ ...paper, here: null, dataset: "", profile: "", verdict: "not measured", note: "" }];
    return mine.map((e) => ({
      ...paper,
      here: e.value,
      dataset: e.dataset,
      profile: e.profile,
      verdict: verdict(paper, e.value, e.dataset),
      note: e.note ?? "",
    }));
  });
}

/** The rows one notebook measured on one dataset and profile: the table at its end. */
export async function paperBesideHere(source: { dataset: string; profile: string; notebook: string }) {
  const mine = (await entries()).filter(
    (e) => e.notebook === source.notebook && e.dataset === source.dataset && e.profile === source.profile,
  );
  return mine.flatMap((e) => {
    const paper = paperValues.find((p) => p.id === e.id);
    if (!paper) return [];
    const { section, quantity, value, unit } = paper;
    const here = e.value === null ? didNotHappen : Number(e.value.toPrecision(4));
    return [
      {
        section,
        quantity,
        paper: value ?? inWords,
        here,
        unit,
        verdict: verdict(paper, e.value, e.dataset),
        note: e.note ?? "",
      },
    ];
  });
}

/** What stands in the paper's column where it gives no number. */
export const inWords = "in words";

/** What stands in the column of here where what a number counts was looked for and did not happen. */
export const didNotHappen = "never";

const kinds = {
  choice: "settings",
  count: "counts",
  result: "results",
  words: "results in words",
  cost: "costs",
} as const;

/** How many numbers of each kind came to which verdict, those not measured last: settings alone prove no result. */
export function verdictsByKind(rows: readonly Pick<LedgerRow, "kind" | "verdict">[]) {
  return (Object.keys(kinds) as PaperValue["kind"][]).map((kind) => {
    const count = (verdict: Verdict) => rows.filter((r) => r.kind === kind && r.verdict === verdict).length;
    return {
      numbers: kinds[kind],
      reproduced: count("reproduced"),
      "within a factor of two": count("within a factor of two"),
      differs: count("differs"),
      "not comparable": count("not comparable"),
      "no verdict": count("no verdict"),
      "not measured": count("not measured"),
    };
  });
}
