/** A `history_request` of the messaging protocol. */
export interface HistoryRequest {
  output?: boolean;
  hist_access_type?: "tail" | "range" | "search";
  n?: number;
  start?: number;
  stop?: number;
  pattern?: string;
}

type Line = [session: number, line: number, input: string | [string, null]];

/** The cells of this session, for front ends that ask what was run (arrow up in a console, say). */
export class CellHistory {
  private readonly cells: [line: number, code: string][] = [];

  add(line: number, code: string): void {
    this.cells.push([line, code]);
  }

  /** The content of a `history_reply`; only this session is remembered, and no outputs. */
  answer({ output, hist_access_type: kind, n, start = 0, stop, pattern }: HistoryRequest) {
    let found = this.cells;
    if (kind === "range")
      found = found.filter(([line]) => line >= start && line < (stop ?? Number.POSITIVE_INFINITY));
    if (kind === "search") found = found.filter(([, code]) => globMatches(pattern ?? "*", code));
    if (kind !== "range" && n !== undefined) found = n > 0 ? found.slice(-n) : [];
    const history = found.map(([line, code]): Line => [0, line, output ? [code, null] : code]);
    return { status: "ok", history };
  }
}

/** Shell wildcards: * and ?. */
function globMatches(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${escaped}$`, "s").test(text);
}
