import { KeptLabels } from "../labelling/kept-labels.js";
import { type Column, columnOf } from "../labelling/page-head.js";
import { rowNamed } from "../labelling/row-named.js";
import type { Source } from "../labelling/source.js";
import type { OfflineData } from "./offline-data.js";
import { Thumbnails } from "./thumbnails.js";

/** The objects of a page that has everything in it. */
export function offlineSource(data: OfflineData): Source {
  const { head, ids, xy } = data;
  const thumbnails = new Thumbnails(
    [...document.querySelectorAll(".sheet")],
    data.perSide,
    data.thumbnailSize,
  );
  const columns = new Map<number, Column>();
  return {
    isServed: false,
    head,
    labels: new KeptLabels(ids, head.classes, `latent-sky labels: ${head.title}, ${head.n}, ${ids[0]}`),
    plane: async () => new Float32Array(decodeBytes(xy)),
    async column(k) {
      const column = columns.get(k) ?? columnOf(head.columns[k], decodeBytes(data.columns[k]));
      columns.set(k, column);
      return column;
    },
    ids: async (rows) => rows.map((row) => ids[row]),
    named: async (text) => rowNamed(ids, text),
    picture: (row) => (head.has.pictures ? thumbnails.canvas(row) : null),
    similar: null,
    votes: null,
  };
}

function decodeBytes(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}
