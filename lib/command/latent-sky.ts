import { visibleConsole } from "../visible-console.js";

/** What a command needs before it is loaded: `--help` shall not wait for a tensor engine. */
const commands: Readonly<
  Record<string, { about: string; load(): Promise<(args: string[]) => Promise<number>> }>
> = {
  data: {
    about: "published images and weights, downloaded by name",
    load: async () => (await import("./data.js")).data,
  },
  features: {
    about: "images to numbers, by ImageNet's weights, your own or a model.onnx",
    load: async () => (await import("./features.js")).features,
  },
  clusters: {
    about: "groups of images, as a table with a row for each",
    load: async () => (await import("./clusters.js")).clusters,
  },
  search: {
    about: "a score for every image, learned from those you scored",
    load: async () => (await import("./search.js")).search,
  },
  label: {
    about: "score images in the browser",
    load: async () => (await import("./label.js")).label,
  },
  explore: {
    about: "the map of all images as one page",
    load: async () => (await import("./explore.js")).explore,
  },
  survey: {
    about: "a whole survey: tiles and a catalogue to a table of every source",
    load: async () => (await import("./survey.js")).survey,
  },
};

/**
 * The command `latent-sky`: unsupervised discovery in images from the shell. Results and their paths go to stdout,
 * progress to stderr. The code is 0, or 1 with one sentence.
 */
export async function latentSky(args: readonly string[]): Promise<number> {
  visibleConsole();
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    const lines = Object.entries(commands).map(([command, { about }]) => `  ${command.padEnd(10)}${about}`);
    console.log(`latent-sky COMMAND ... ; each has --help\n\n${lines.join("\n")}`);
    return name === undefined ? 1 : 0;
  }
  try {
    if (!Object.hasOwn(commands, name))
      throw new Error(`There is no command "${name}"; there are ${Object.keys(commands).join(", ")}.`);
    const run = await commands[name].load();
    return await run(rest);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}
