import assert from "node:assert/strict";
import { test } from "node:test";
import { Comms } from "../../environment/kernel/comms.js";
import type { MimeBundle } from "../../lib/notebook/host.js";
import { slider } from "../../lib/notebook/slider.js";
import {
  commTarget,
  type SliderAnswer,
  type SliderJson,
  sliderMime,
} from "../../lib/notebook/slider-spec.js";
import { scratch } from "../scratch.js";
import { fakeHost } from "./fake-host.js";

scratch();
process.env.LATENT_SKY_CHROMIUM = "/nowhere"; // no picture: what is tested is what the page gets
const comms = new Comms();
const shown: MimeBundle[] = [];
fakeHost({
  display: (data) => shown.push(data),
  serve: (id, answer) => comms.serve(id, answer),
});

/** A page's side of one comm. */
function openComm(id: string, target = commTarget) {
  const said: { type: string; data: SliderAnswer }[] = [];
  let asked = 1;
  const comm_id = `page-${Math.random()}`;
  const tell = (type: string, content: object) =>
    comms.handle(type, { comm_id, ...content }, (answer, { data }: { data?: SliderAnswer }) =>
      said.push({ type: answer, data: data! }),
    );
  tell("comm_open", { target_name: target, data: { id } });
  const ask = async (value: unknown) => {
    tell("comm_msg", { data: { value } });
    // Every message gets one answer, the opening too.
    for (const wanted = ++asked; said.length < wanted; ) await new Promise((r) => setTimeout(r, 5));
    return said.at(-1)?.data;
  };
  return { said, ask, close: () => tell("comm_close", {}) };
}

const bar = (value: number) => ({ data: [{ type: "bar" as const, y: [value] }], layout: { width: 300 } });
const drawn = (answer?: SliderAnswer) => (answer?.figure?.data[0] as { y: number[] } | undefined)?.y[0];

test("a slider's output holds the slider and the figure of its first value", async () => {
  await slider({ label: "eta", min: 0, max: 1, value: 0.3, name: "eta" }, bar);
  const bundle = shown.at(-1)!;
  const { id, ...spec } = bundle[sliderMime] as SliderJson;
  assert.deepEqual(spec, { label: "eta", min: 0, max: 1, step: 0.01, value: 0.3 });
  assert.match(id, /^[\w-]{36}$/);
  const figure = bundle["application/vnd.plotly.v1+json"] as { data: unknown; layout: { width: number } };
  assert.deepEqual([figure.data, figure.layout.width], [[{ type: "bar", y: [0.3] }], 300]);
});

test("the page asks, one answer each and in order; a value outside and a failure are said", async () => {
  const made: number[] = [];
  const state = await slider({ label: "cut", min: 0, max: 10, step: 1 }, async (value) => {
    await new Promise((r) => setTimeout(r, value === 1 ? 20 : 0));
    if (value === 7) throw new Error("seven is too much");
    made.push(value);
    return bar(value);
  });
  const comm = openComm((shown.at(-1)![sliderMime] as SliderJson).id);
  assert.equal(state.value, 5);
  void comm.ask(1);
  assert.equal(drawn(await comm.ask(2)), 2);
  assert.deepEqual(made, [5, 1, 2]);
  assert.equal(state.value, 2);
  assert.match((await comm.ask(11))?.error ?? "", /slider "cut": 11 is no value of it/);
  assert.equal((await comm.ask(7))?.error, "seven is too much");
  assert.equal(state.value, 2);
  assert.deepEqual(
    comm.said.map(({ type, data }) => [type, data.value]),
    [
      ["comm_msg", 5],
      ["comm_msg", 1],
      ["comm_msg", 2],
      ["comm_msg", 2],
      ["comm_msg", 7],
    ],
  );
  assert.deepEqual(Object.values((comms.info() as { comms: object }).comms), [{ target_name: commTarget }]);
  comm.close();
  assert.deepEqual((comms.info() as { comms: object }).comms, {});
  assert.equal(comm.said.length, 5);
  await comm.ask(3);
  assert.equal(comm.said.at(-1)?.type, "comm_close");
});

test("a comm for what this kernel never displayed is closed", () => {
  for (const { said } of [openComm("of-another-kernel"), openComm("anything", "jupyter.widget")])
    assert.deepEqual(
      said.map(({ type }) => type),
      ["comm_close"],
    );
});

test("a slider answers until its own cell runs again; without the cells' names the newest fifty answer", async () => {
  const made = async (cell: string) => {
    comms.begin(cell);
    await slider({ label: "x", min: 0, max: 1 }, bar);
    return (shown.at(-1)![sliderMime] as SliderJson).id;
  };
  const answers = (id: string) =>
    openComm(id)
      .ask(0.2)
      .then((answer) => drawn(answer) === 0.2);
  const [one, other] = [await made("one"), await made("other")];
  const open = openComm(one);
  await open.ask(0.4);
  const again = await made("one");
  assert.deepEqual(await Promise.all([one, other, again].map(answers)), [false, true, true]);
  await open.ask(0.6);
  assert.equal(open.said.at(-1)?.type, "comm_close", "a page that still shows the old one is told");
  const nameless: string[] = [];
  for (let i = 0; i < 52; i++) nameless.push(await made(""));
  const alive = await Promise.all(nameless.map(answers));
  assert.deepEqual(
    alive,
    nameless.map((_, i) => i >= 2),
  );
  assert.deepEqual(await Promise.all([other, again].map(answers)), [true, true]);
});

test("limits that make no slider are refused", async () => {
  const make = (options: object) => slider({ label: "x", min: 0, max: 1, ...options }, bar);
  await assert.rejects(make({ max: 0 }), /slider "x": needs min < max/);
  await assert.rejects(make({ step: 0 }), /a step above 0/);
  await assert.rejects(make({ value: 2 }), /the value 2 is not between 0 and 1/);
});
