import { sampledIn } from "../archives/content-sample.js";
import type { Dataset } from "../dataset.js";
import { Catalogue } from "../tables/catalogue.js";

/**
 * Several datasets as one, in the order given: images without votes can train the network that is judged by those with
 * them. Ids carry their dataset's name where two would be equal; the table has every column of any of them, NaN where
 * a dataset has no such column. The first with a catalogue says how the evaluation subset is told. Closing it closes
 * them all.
 */
export function joinDatasets(datasets: readonly Dataset[]): Dataset {
  const twice = datasets.find((d, i) => datasets.findIndex((other) => other.name === d.name) < i);
  if (twice) throw new Error(`joinDatasets: ${twice.name} is there twice; leave one of them out.`);
  const { sky } = datasets[0];
  const other = datasets.find((d) => d.sky !== sky);
  if (other)
    throw new Error(
      `joinDatasets: ${datasets[0].name} is ${sky} and ${other.name} ${other.sky}; one network does not learn from both.`,
    );
  const rows = datasets.flatMap((dataset) => dataset.ids.map((id, row) => ({ dataset, row, id })));
  const times = new Map<string, number>();
  for (const { id } of rows) times.set(id, (times.get(id) ?? 0) + 1);
  const name = datasets.map((d) => d.name).join("+");
  const list = (pick: (dataset: Dataset) => string | undefined) =>
    [...new Set(datasets.map(pick).filter(Boolean))].join("; ");
  return {
    name,
    length: rows.length,
    ids: rows.map(({ dataset, id }) => (times.get(id)! > 1 ? `${dataset.name}/${id}` : id)),
    labels: datasets.some((d) => d.labels)
      ? rows.map(({ dataset, row }) => dataset.labels?.[row] ?? null)
      : null,
    catalogue: joinedCatalogue(datasets, rows),
    sky,
    drawn: datasets.every((d) => d.drawn),
    parts: datasets.map((d) => ({ name: d.name, length: d.length })),
    evaluation: (datasets.find((d) => d.catalogue) ?? datasets[0]).evaluation,
    provenance: {
      source: list((d) => d.provenance.source),
      licence: list((d) => d.provenance.licence),
      path: list((d) => d.provenance.path),
      fingerprint: datasets.map((d) => d.provenance.fingerprint.slice(0, 8)).join("-"),
      sampled: sampledIn(datasets.map((d) => d.provenance)),
    },
    skipped: datasets.flatMap((d) => d.skipped ?? []),
    async image(i) {
      if (!rows[i]) throw new Error(`${name} has images 0 to ${rows.length - 1}; there is no ${i}.`);
      return rows[i].dataset.image(rows[i].row);
    },
    async close() {
      await Promise.all(datasets.map((d) => d.close()));
    },
  };
}

function joinedCatalogue(
  datasets: readonly Dataset[],
  rows: readonly { dataset: Dataset; row: number }[],
): Catalogue | null {
  const names = new Set(datasets.flatMap((d) => d.catalogue?.names ?? []));
  if (!datasets.some((d) => d.catalogue)) return null;
  const columns = new Map<string, Float64Array>();
  for (const name of names) {
    const of = new Map(datasets.map((d) => [d, d.catalogue?.has(name) ? d.catalogue.column(name) : null]));
    columns.set(
      name,
      Float64Array.from(rows, ({ dataset, row }) => of.get(dataset)?.[row] ?? Number.NaN),
    );
  }
  const text = new Map(
    [...new Set(datasets.flatMap((d) => [...(d.catalogue?.text.keys() ?? [])]))].map((name) => [
      name,
      rows.map(({ dataset, row }) => dataset.catalogue?.text.get(name)?.[row] ?? null),
    ]),
  );
  return new Catalogue(rows.length, columns, text);
}
