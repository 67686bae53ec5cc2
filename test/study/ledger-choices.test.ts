import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import * as lib from "../../lib/index.js";
import { verdict } from "../../lib/study/ledger.js";
import { type PaperValue, paperValues } from "../../lib/study/paper-values.js";
import { scratch } from "../scratch.js";
import { tinyStudy } from "./tiny-study.js";

/** What a notebook records for one of the paper's choices: an expression, and where it stands. */
interface Recorded {
  id: string;
  notebook: string;
  source: ts.SourceFile;
  value: ts.Expression;
}

const choices = new Map(paperValues.filter((p) => p.kind === "choice").map((p) => [p.id, p]));

function recordedIn(notebook: string): Recorded[] {
  const { cells } = JSON.parse(readFileSync(join("notebooks", notebook), "utf8"));
  const code = cells
    .filter((cell: { cell_type: string }) => cell.cell_type === "code")
    .map((cell: { source: string[] }) => cell.source.join(""))
    .join("\n");
  const source = ts.createSourceFile(notebook, code, ts.ScriptTarget.ES2022, true);
  const found: Recorded[] = [];
  const values = (node: ts.Node): void => {
    const named = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
    const id = named && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : "";
    if (named && choices.has(id)) {
      const value = ts.isPropertyAssignment(node) ? node.initializer : node.name;
      found.push({ id, notebook, source, value: unnoted(value) });
    } else ts.forEachChild(node, values);
  };
  const calls = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === "study.record")
      values(node.arguments[1]);
    ts.forEachChild(node, calls);
  };
  calls(source);
  return found;
}

/** The value of `{ value, note }`; anything else itself. */
function unnoted(value: ts.Expression): ts.Expression {
  if (!ts.isObjectLiteralExpression(value)) return value;
  const inner = value.properties.find((p) => p.name?.getText() === "value");
  assert.ok(inner && ts.isPropertyAssignment(inner), value.getText());
  return inner.initializer;
}

const recorded = readdirSync("notebooks")
  .filter((name) => name.endsWith(".ipynb"))
  .flatMap(recordedIn);

test("every choice of the paper is recorded by exactly one notebook", () => {
  assert.deepEqual(recorded.map((r) => r.id).sort(), [...choices.keys()].sort());
});

test("no notebook records a number that somebody typed for a choice", () => {
  const typed = recorded.filter(({ value }) => {
    let found = false;
    const visit = (node: ts.Node, place = false): void => {
      // `range[1]` reads the second of two; it is a place, not a value.
      if (ts.isNumericLiteral(node) && !place) found = true;
      if (ts.isElementAccessExpression(node)) {
        visit(node.expression);
        visit(node.argumentExpression, true);
      } else ts.forEachChild(node, (child) => visit(child));
    };
    visit(value);
    return found;
  });
  assert.deepEqual(
    typed.map(({ id, notebook, value }) => `${notebook}: ${id} ${value.getText()}`),
    [],
  );
});

/** The declaration of `name` among a notebook's constants. */
function declarationOf(source: ts.SourceFile, name: string): ts.VariableDeclaration | undefined {
  let found: ts.VariableDeclaration | undefined;
  const binds = (binding: ts.BindingName): boolean =>
    ts.isIdentifier(binding)
      ? binding.text === name
      : binding.elements.some((e) => ts.isBindingElement(e) && binds(e.name));
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && binds(node.name)) found ??= node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** An expression of a notebook, computed: what it names is in `scope`, or declared in the notebook from what is. */
function computed({ source, value }: Recorded, scope: Record<string, unknown>): number {
  const declared: string[] = [];
  const settle = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (ts.isPropertyAccessExpression(node)) {
      settle(node.expression);
      return;
    }
    if (ts.isIdentifier(node) && !(node.text in scope)) {
      const declaration = declarationOf(source, node.text);
      assert.ok(declaration?.initializer, `${source.fileName}: nothing says what "${node.text}" is`);
      settle(declaration.initializer);
      const statement = `const ${declaration.getText(source)};`;
      if (!declared.includes(statement)) declared.push(statement);
      return;
    }
    ts.forEachChild(node, settle);
  };
  settle(value);
  const code = ts.transpile(`${declared.join("\n")}\nreturn (${value.getText(source)});`, {
    target: ts.ScriptTarget.ES2022,
  });
  const names = Object.keys(scope).filter((name) => !/^default$/.test(name));
  return new Function(...names, code)(...names.map((name) => scope[name]));
}

/** A resnet18 of this width: what notebook 02 counts the features of. */
const pretrained = { width: 64 };

/** For each choice the default that decides it, and another value. */
const changes: Record<string, [holder: object, key: string | number, other: number]> = {
  "clip-sigma": [lib.sourceBoxDefaults, "sigma", 3],
  "box-factor": [lib.sourceBoxDefaults, "enlarge", 1.5],
  "crop-size": [lib.cropDefaults, "size", 224],
  "feature-size": [pretrained, "width", 8],
  "umap-neighbours": [lib.umapDefaults, "nNeighbors", 30],
  "umap-min-dist": [lib.umapDefaults, "minDist", 0.1],
  epochs: [lib.byolDefaults, "epochs", 30],
  "learning-rate": [lib.byolDefaults, "learningRate", 3e-4],
  batch: [lib.byolDefaults, "batchSize", 64],
  tau: [lib.byolDefaults, "tau", 0.996],
  projection: [lib.byolDefaults, "projectionSize", 100],
  "p-blur": [lib.augmentDefaults, "blurProbability", 0.1],
  "p-vertical-flip": [lib.augmentDefaults, "verticalFlipProbability", 0.1],
  "p-horizontal-flip": [lib.augmentDefaults, "horizontalFlipProbability", 0.1],
  "p-crop": [lib.augmentDefaults, "cropProbability", 1],
  "crop-min": [lib.augmentDefaults.cropScale, 0, 0.08],
  "p-rotation": [lib.augmentDefaults, "rotationProbability", 1],
  rotation: [lib.augmentDefaults.rotationDegrees, 1, 90],
  "pca-variance": [lib.pcaDefaults, "variance", 0.9],
  "min-votes": [lib.evaluationCuts, "minVotes", 3],
  "merger-max": [lib.evaluationCuts, "maxMerger", 0.3],
  "class-cut": [lib.evaluationCuts, "cut", 0.6],
  "knn-k": [lib.knnDefaults, "k", 7],
  "knn-test": [lib.knnDefaults, "testSize", 0.5],
  "knn-splits": [lib.knnDefaults, "splits", 10],
  "mixture-k": [lib.mixtureDefaults, "nComponents", 40],
  "mixture-prior": [lib.mixtureDefaults, "weightConcentrationPrior", 0.001],
  "mixture-starts": [lib.mixtureDefaults, "nInit", 1],
  "mixture-iterations": [lib.mixtureDefaults, "maxIter", 100],
  "violin-votes": [lib.violinDefaults, "minVotes", 20],
  "violin-condition": [lib.violinDefaults, "condition", 0.6],
  "score-max": [lib.mergerDefaults, "highestScore", 10],
  "merger-cut": [lib.mergerDefaults, "cut", 0.8],
  "merger-votes": [lib.mergerDefaults, "minVotes", 5],
  "al-start": [lib.searchDefaults, "start", 20],
  "al-batch": [lib.searchDefaults, "batch", 5],
  "al-labels": [lib.searchDefaults, "budget", 500],
  eta: [lib.searchDefaults, "eta", 3],
  neighbours: [lib.similarDefaults, "k", 4],
  "radio-batch": [lib.radioDefaults, "batchSize", 128],
  "radio-epochs": [lib.radioDefaults, "epochs", 20],
  "radio-splits": [lib.knnDefaults, "splits", 10],
  "radio-test": [lib.knnDefaults, "testSize", 0.5],
  "radio-mixture-k": [lib.mixtureDefaults, "nComponents", 40],
};

const featureSizes = new Map<number, number>();
function featuresOf(width: number): number {
  if (!featureSizes.has(width)) {
    const net = lib.resnet18({ width });
    featureSizes.set(width, net.featureSize);
    net.dispose();
  }
  return featureSizes.get(width)!;
}

/** What the code would record now, at the paper's sizes, under every choice's id. */
async function recordedNow(): Promise<Map<string, number>> {
  const study = tinyStudy({ profile: "paper" });
  const radio = tinyStudy({ profile: "paper", sky: "radio" });
  const subset = await study.evaluation();
  await study.close();
  const scopes: Record<string, object> = {
    "02": { study, features: { shape: [1, featuresOf(pretrained.width)] } },
    "09": { study: radio, net: await radio.representation("random") },
  };
  const others = { study, subset, net: await study.representation("random"), first: 0, second: 1 };
  return new Map(
    recorded.map((r) => [r.id, computed(r, { ...lib, ...others, ...scopes[r.notebook.slice(0, 2)] })]),
  );
}

/** Counted from what the cell itself lays out, not decided by a default. */
const counted = ["rings"];
/** Departs from the paper on purpose; the notebook says why. */
const departing = ["projection"];

test("the code's own defaults are the paper's choices, but for those that a note explains", async (t) => {
  scratch(t);
  const now = await recordedNow();
  const differing = [...choices.values()].filter((p) => verdict(p, now.get(p.id)!, "tiny") !== "reproduced");
  assert.deepEqual(
    differing.map((p) => p.id),
    departing,
  );
});

test("changing a default flips the verdict of its row, and of no row that it does not decide", async (t) => {
  scratch(t);
  assert.deepEqual(
    Object.keys(changes).sort(),
    [...choices.keys()].filter((id) => !counted.includes(id)).sort(),
  );
  const verdicts = async () => {
    const now = await recordedNow();
    return new Map([...choices.values()].map((p: PaperValue) => [p.id, verdict(p, now.get(p.id)!, "tiny")]));
  };
  const before = await verdicts();
  for (const [id, [holder, key, other]] of Object.entries(changes)) {
    const fields = holder as Record<string | number, number>;
    const kept = fields[key];
    fields[key] = other;
    const after = await verdicts().finally(() => {
      fields[key] = kept;
    });
    const flipped = [...after].filter(([row, v]) => v !== before.get(row)).map(([row]) => row);
    const decided = Object.keys(changes).filter((c) => changes[c][0] === holder && changes[c][1] === key);
    assert.deepEqual(flipped.sort(), decided.sort(), id);
  }
});
