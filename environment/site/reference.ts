import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Application, Comment, CommentTag, Converter } from "typedoc";
import { packageRoot } from "../../lib/package-root.js";

/** A heading of lib/index.ts, as far as its colon, and the names that stand under it. */
export interface IndexSection {
  heading: string;
  names: string[];
}

/**
 * Writes the reference of the library into the folder `to`: every name of lib/index.ts with what its docstring says,
 * under the headings of that file, and the types of what it takes and gives. Like the rest of the site it needs no
 * network. Takes about ten seconds: the whole library is read.
 */
export async function writeReference(to: string): Promise<void> {
  const sections = await indexSections(packageRoot("lib/index.ts"));
  const types = "Types of what these take and give";
  const app = await Application.bootstrapWithPlugins({
    name: "latent-sky",
    entryPoints: [packageRoot("lib/index.ts")],
    basePath: packageRoot(),
    tsconfig: packageRoot("tsconfig.json"),
    plugin: ["typedoc-plugin-missing-exports"],
    externalPattern: ["**/node_modules/**"],
    excludeExternals: true,
    excludePrivate: true,
    // `npm run check` is the place for these.
    skipErrorChecking: true,
    disableSources: true,
    readme: "none",
    githubPages: false,
    hideGenerator: true,
    logLevel: "Warn",
    categorizeByGroup: false,
    categoryOrder: [...sections.map((s) => s.heading), types],
    sort: ["source-order"],
    defaultCategory: types,
    navigation: { includeCategories: true, includeGroups: false },
    // The plugin's own option, which typedoc's types do not know.
    ...{ placeInternalsInOwningModule: true },
  });
  const headingOf = new Map(sections.flatMap((s) => s.names.map((name) => [name, s.heading] as const)));
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of project.children ?? []) {
      const heading = headingOf.get(reflection.name);
      if (!heading) continue;
      const category = new CommentTag("@category", [{ kind: "text", text: heading }]);
      // A function's documentation hangs on its signatures.
      for (const part of reflection.signatures ?? [reflection])
        (part.comment ??= new Comment()).blockTags.push(category);
    }
  });
  const project = await app.convert();
  if (!project) throw new Error("The library's reference could not be made: typedoc says above why.");
  await app.generateDocs(project, to);
  if (app.logger.hasErrors())
    throw new Error("The library's reference was not written: typedoc says above why.");
}

/**
 * The headings of an index (comments of one line between its exports) with the names exported under each, those of
 * other indexes that it passes on among them.
 */
export async function indexSections(path: string): Promise<IndexSection[]> {
  const sections: IndexSection[] = [{ heading: "", names: [] }];
  const statement = /^\/\/ (.+)$|^export (?:type )?\{([^}]*)\}|^export \* from "(.+)\.js"/gm;
  for (const [, heading, list, other] of (await readFile(path, "utf8")).matchAll(statement)) {
    if (heading) sections.push({ heading: heading.replace(/(:.*|\.)$/, ""), names: [] });
    const passedOn = other ? await indexSections(join(dirname(path), `${other}.ts`)) : [];
    const own = (list ?? "").split(",").map((name) => name.trim().replace(/^type /, ""));
    sections.at(-1)!.names.push(...own.filter(Boolean), ...passedOn.flatMap((s) => s.names));
  }
  return sections.filter((s) => s.names.length);
}
