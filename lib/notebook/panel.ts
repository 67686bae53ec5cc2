import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { csvCell } from "../data/tables/csv-cell.js";
import { cellsOf } from "../data/tables/write-csv.js";
import { LabelFile } from "../discovery/label-file.js";
import { labelTable } from "../discovery/label-table.js";
import { similar } from "../discovery/similar.js";
import { escapeHtml } from "../escape-html.js";
import { type ImageSource, thumbnailBytes } from "../figures/thumbnail.js";
import type { Matrix } from "../matrix.js";
import { notebookHost } from "./host.js";
import { LabelSession, type LabelSessionOptions } from "./label-session.js";
import { type Exchange, RequestError, type Routes, serveLocally } from "./local-server.js";
import { bytesOf, type PageColumn } from "./page-columns.js";
import { inlinePage } from "./pages/inline-page.js";
import type { Answer } from "./pages/labelling/label-codes.js";
import { ID_BLOCK, type PageHead } from "./pages/labelling/page-head.js";
import { rowNamed } from "./pages/labelling/row-named.js";

/** What a panel shows and where its labels go. */
export interface Panelled {
  page: "label" | "explorer";
  head: Omit<PageHead, "n" | "columns" | "person" | "labels" | "has">;
  ids: readonly string[];
  images: ImageSource | null;
  columns: readonly PageColumn[];
  /** x and y of each point in turn. */
  plane: Float32Array | null;
  /** What "more like this" compares. */
  features: Matrix | null;
  /** The label file. */
  file: string;
  session: Omit<LabelSessionOptions, "ids">;
  /** Who labels, until the page is told otherwise. */
  person?: string;
  port?: number;
}

export interface Panel {
  /** The page on its own, with the token in its address. */
  url: string;
  /** The page as HTML for a notebook's output. */
  frame: string;
  session: LabelSession;
  /** Resolves once the file is closed; the kernel does so at its end. */
  close(): Promise<void>;
}

/**
 * Serves a page of `pages` with its labels (`serveLocally`) and shows it in the notebook's output, or says its address
 * in the terminal. It ends with the kernel, or where the cell that opened it opens one again; what is shown then no
 * longer holds the address.
 */
export async function openPanel(options: Panelled): Promise<Panel> {
  const host = notebookHost();
  const signal = host?.signal; // of the cell that opens it, also if that is interrupted meanwhile
  const labels = await LabelFile.open(options.file);
  const session = new LabelSession(labels, { ...options.session, ids: options.ids });
  const person = options.person ?? labels.answers.people().findLast((name) => name) ?? "";
  const routes = { ...dataRoutes(options, person, session.hasVotes), ...labelRoutes(session) };
  const html = (await inlinePage(options.page))
    .replaceAll("<!--TITLE-->", escapeHtml(options.head.title))
    .replace("<!--DATA-->", "");
  await host?.closeEarlier(); // before: a port of one's own is free again
  const server = await serveLocally({ ...routes, "GET ": ({ page }) => page(html) }, { port: options.port });
  const name = options.page === "label" ? "Labelling panel" : "Explorer";
  const height = options.page === "label" ? 680 : 760;
  const frame =
    `<iframe src="${server.url}" width="100%" height="${height}" style="border:0" title="${name}"></iframe>` +
    `<p style="margin:4px 0;font-size:90%">Too small here? ` +
    `<a href="${server.url}" target="_blank" rel="noreferrer">Open it as a page of its own.</a></p>`;
  const displayId = `latent-sky-panel-${randomUUID()}`;
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= (async () => {
      forget?.();
      session.close();
      await server.close();
      await labels.close();
      const closed = `${name} closed. Its labels are in ${options.file}.`;
      const update = { "text/html": `<p>${escapeHtml(closed)}</p>`, "text/plain": closed };
      host?.display(update, { displayId, update: true });
    })();
    return closing;
  };
  const forget = host?.opened(close);
  host?.display({ "text/html": frame, "text/plain": `${name}: ${server.url}` }, { displayId });
  if (!host) console.log(`${name}: ${server.url}`);
  if (signal?.aborted) await close();
  else signal?.addEventListener("abort", () => void close(), { once: true });
  return { url: server.url, frame, session, close };
}

function dataRoutes(options: Panelled, person: string, votes: boolean): Routes {
  const { ids, images, columns, plane, features } = options;
  const head: PageHead = {
    ...options.head,
    n: ids.length,
    columns: columns.map((column) => column.head),
    person,
    labels: basename(options.file),
    has: { pictures: images !== null, plane: plane !== null, similar: features !== null, votes },
  };
  const binary = "application/octet-stream";
  const row = (exchange: Exchange) => within(exchange, ids.length, "object");
  return {
    "GET head": ({ json }) => json(head),
    "GET plane": ({ bytes }) => bytes(binary, plane ? bytesOf(plane) : ""),
    "GET column": (exchange) =>
      exchange.bytes(binary, columns[within(exchange, columns.length, "column")].bytes),
    "GET ids": (exchange) => {
      const block = within(exchange, Math.ceil(ids.length / ID_BLOCK), "block of ids");
      exchange.json(ids.slice(block * ID_BLOCK, (block + 1) * ID_BLOCK));
    },
    "GET named": ({ query, json }) => json({ row: rowNamed(ids, query.get("text") ?? "") }),
    "GET similar": (exchange) => {
      if (!features) throw new RequestError(404, "There are no features to compare.");
      const k = Math.min(2000, Math.max(1, Number(exchange.query.get("k")) || 200), ids.length - 1);
      exchange.json(similar(features, row(exchange), { k }).map(({ index }) => index));
    },
    "GET picture": async (exchange) => {
      const size = Math.min(512, Math.max(16, Number(exchange.query.get("size")) || 96));
      const i = row(exchange);
      if (!images) throw new RequestError(404, "There are no images.");
      const image = await images.image(i).catch((error: Error) => {
        throw new RequestError(404, error.message);
      });
      exchange.bytes("image/jpeg", await thumbnailBytes(image, size, size > 200 ? 92 : undefined), {
        keep: true,
      });
    },
  };
}

function labelRoutes(session: LabelSession): Routes {
  return {
    "GET state": ({ json }) => json(session.state()),
    "GET labels": ({ json }) => json(session.labels()),
    "GET events": ({ events }) => {
      const send = events(() => stop());
      send(session.state());
      const stop = session.listen((event) =>
        "state" in event ? send(event.state) : send(event.labels, "labels"),
      );
    },
    "POST label": async ({ body, json }) => {
      const { rows, by = "", ...answer } = (await body(16e6)) as Record<string, unknown>;
      if (!Array.isArray(rows)) throw new RequestError(400, "The message names no objects.");
      await session.label(rows, answerOf(answer), nameOf(by));
      json(session.labels(rows));
    },
    "POST undo": async ({ body, json }) => {
      const { by = "" } = (await body(1000)) as Record<string, unknown>;
      const { ids, rows } = await session.undo(nameOf(by));
      json({ ids, change: session.labels(rows) });
    },
    "POST votes": async ({ body, json }) => {
      const { row } = (await body(1000)) as Record<string, unknown>;
      json({ score: session.peek(Number(row)) });
    },
    "GET labels.csv": async ({ bytes }) => {
      const name = basename(session.file.path)
        .replace(/\.jsonl?$/, "")
        .replace(/[^\w.-]/g, "-");
      bytes("text/csv; charset=utf-8", await csvOf(session.file.path), { fileName: `${name}.csv` });
    },
  };
}

/** Anything but a score or a class is left to the label file to refuse in words. */
function answerOf(value: Record<string, unknown>): Answer {
  return "class" in value
    ? { class: value.class as string | null }
    : { score: (value.score === undefined ? "nothing" : value.score) as number | null };
}

function nameOf(value: unknown): string {
  if (typeof value !== "string") throw new RequestError(400, "The name of who labels is no text.");
  return value.trim();
}

/** Digits and nothing else: an empty place would be object 0. */
function within({ argument }: Exchange, length: number, what: string): number {
  const number = /^\d{1,15}$/.test(argument) ? Number(argument) : Number.NaN;
  if (!(number < length)) throw new RequestError(404, `There is no ${what} "${argument}".`);
  return number;
}

async function csvOf(path: string): Promise<string> {
  const columns = await labelTable(path);
  const cells = columns.map(({ values }) => cellsOf(values, csvCell));
  const lines = Array.from({ length: columns[0].values.length }, (_, row) =>
    cells.map((cell) => cell(row)).join(","),
  );
  return `${[columns.map(({ name }) => name).join(","), ...lines].join("\n")}\n`;
}
