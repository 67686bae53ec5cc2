import { type Column, columnOf, ID_BLOCK, type PageHead } from "./page-head.js";
import { post, read } from "./post.js";
import { ServedLabels } from "./served-labels.js";
import type { Source } from "./source.js";

/** The objects of the server that this page came from. Every address is relative: a proxy may put a path before it. */
export async function servedSource(): Promise<Source> {
  const head = await read<PageHead>(await fetch("head"));
  const bytes = async (path: string) => (await fetch(path)).arrayBuffer();
  const columns = new Map<number, Promise<Column>>();
  const blocks = new Map<number, Promise<string[]>>();
  const column = (k: number) => {
    const known = columns.get(k) ?? bytes(`column/${k}`).then((b) => columnOf(head.columns[k], b));
    columns.set(k, known);
    return known;
  };
  const block = (k: number) => {
    const known = blocks.get(k) ?? fetch(`ids/${k}`).then((r) => read<string[]>(r));
    blocks.set(k, known);
    return known;
  };
  return {
    isServed: true,
    head,
    labels: await ServedLabels.open(head.n),
    plane: async () => new Float32Array(await bytes("plane")),
    column,
    ids: (rows) =>
      Promise.all(rows.map(async (row) => (await block(Math.floor(row / ID_BLOCK)))[row % ID_BLOCK])),
    named: async (text) =>
      (await read<{ row: number }>(await fetch(`named?text=${encodeURIComponent(text)}`))).row,
    picture: (row, size) => (head.has.pictures ? picture(`picture/${row}?size=${size}`, row) : null),
    similar: head.has.similar ? async (row, k) => read<number[]>(await fetch(`similar/${row}?k=${k}`)) : null,
    votes: head.has.votes
      ? async (row) => (await post<{ score: number | null }>("votes", { row })).score
      : null,
  };
}

function picture(src: string, row: number): HTMLImageElement {
  const image = new Image();
  image.decoding = "async";
  image.draggable = false;
  image.alt = "";
  image.onload = () => {
    image.dataset.loaded = String(row);
  };
  image.onerror = () => {
    image.dataset.loaded = String(row);
    image.dataset.failed = "true";
    image.alt = "This image cannot be shown.";
  };
  image.src = src;
  return image;
}
