/**
 * What a cell can ask of the kernel it runs in. The kernel (environment/kernel) puts this object under a global
 * symbol; outside a notebook (a script, a test) there is none, and callers print to the terminal instead.
 */
export interface NotebookHost {
  /**
   * Sends one output holding several MIME types, of which the page shows the richest it can draw.
   * With `update` it replaces what was displayed before under the same `displayId`.
   */
  display(data: MimeBundle, options?: { metadata?: object; displayId?: string; update?: boolean }): void;
  /** Aborted when the person at the notebook interrupts the cell that runs now; a new one for each cell. */
  readonly signal: AbortSignal;
  /** `task` runs before the kernel ends; the returned function forgets it. */
  beforeExit(task: () => Promise<void>): () => void;
  /** As `beforeExit`, for what the running cell opened (a panel): `closeEarlier` of a later run of that cell ends it too. */
  opened(close: () => Promise<void>): () => void;
  /** Closes what earlier runs of the running cell opened; resolves when that is done. */
  closeEarlier(): Promise<void>;
  /**
   * Answers what a page sends to the output of this id (a slider's), until the cell that runs now runs again or the
   * kernel ends; the opening is `{}`.
   */
  serve(id: string, answer: (data: Record<string, unknown>) => Promise<object>): void;
}

/** Contents by MIME type; binary ones in base64. */
export type MimeBundle = Record<string, unknown>;

const hostKey = Symbol.for("latent-sky.notebook-host");

/** The kernel this code runs in, or null. */
export function notebookHost(): NotebookHost | null {
  return ((globalThis as Record<symbol, unknown>)[hostKey] as NotebookHost | undefined) ?? null;
}

/** Whether a person sits at the page: false in a script, a test, and a notebook that the command line runs. */
export function attended(): boolean {
  return notebookHost() !== null && !process.env.LATENT_SKY_NOTEBOOK;
}

/** Called once by the kernel. */
export function setNotebookHost(host: NotebookHost): void {
  (globalThis as Record<symbol, unknown>)[hostKey] = host;
}
