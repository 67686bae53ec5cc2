/**
 * What the explorer's page does. Points are stamped into a pixel buffer by hand: it needs no GPU and stays fluid with
 * tens of thousands of points. Kept as text because it runs in the reader's browser, not here.
 */
export const explorerScript = String.raw`"use strict";
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const sheets = [...document.querySelectorAll(".sheet")];
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const n = data.n, xy = new Float32Array(bytes(data.xy));
const columns = data.columns.map((c) => ({ ...c, values: c.kind === "number" ? new Float32Array(bytes(c.values)) : new Uint16Array(bytes(c.values)) }));
const grey = [190, 190, 190];
const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
const palette = data.palette.map(rgb);
const viridis = ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"].map(rgb);
const thumb = data.thumbnailSize;

document.querySelector("h1").textContent = data.title;
document.querySelector("header p").textContent = data.subtitle;
$("hint").textContent = n.toLocaleString("en") + " points. Drag to move, scroll to zoom, hold Shift to draw a lasso. Both axes are in arbitrary units.";

// ---- view: screen = (xy - centre) * zoom + middle, y upwards
let width = 1, height = 1, ratio = 1, zoom = 1, cx = 0, cy = 0, mode = "move";
const bounds = [Infinity, -Infinity, Infinity, -Infinity];
for (let i = 0; i < n; i++) {
  bounds[0] = Math.min(bounds[0], xy[2 * i]); bounds[1] = Math.max(bounds[1], xy[2 * i]);
  bounds[2] = Math.min(bounds[2], xy[2 * i + 1]); bounds[3] = Math.max(bounds[3], xy[2 * i + 1]);
}
const screenX = (x) => (x - cx) * zoom + width / 2;
const screenY = (y) => height / 2 - (y - cy) * zoom;
function wholePlane() {
  cx = (bounds[0] + bounds[1]) / 2; cy = (bounds[2] + bounds[3]) / 2;
  zoom = 0.92 * Math.min(width / (bounds[1] - bounds[0] || 1), height / (bounds[3] - bounds[2] || 1));
  repaint();
}

// ---- colours: one of each point, and its stamp (0 disc, 1 diamond, 2 square)
const color = new Uint8Array(3 * n), shape = new Uint8Array(n), visible = new Uint8Array(n).fill(1), order = new Uint32Array(n);
let column = columns[0] || null;
const hiddenNames = new Set();
function paint() {
  for (let i = 0; i < n; i++) { order[i] = i; shape[i] = 0; visible[i] = 1; }
  $("key").hidden = !column;
  const legend = $("legend");
  legend.replaceChildren();
  if (!column) { for (let i = 0; i < n; i++) color.set(palette[0], 3 * i); repaint(); return; }
  document.querySelector("#key h2").textContent = column.name;
  if (column.kind === "category") {
    const counts = new Map();
    for (let i = 0; i < n; i++) {
      const c = column.values[i];
      counts.set(c, (counts.get(c) || 0) + 1);
      color.set(c === 65535 ? grey : palette[c % palette.length], 3 * i);
      shape[i] = c === 65535 ? 0 : Math.floor(c / palette.length) % 3;
      visible[i] = hiddenNames.has(c) ? 0 : 1;
    }
    for (const [c, count] of [...counts].sort((a, b) => a[0] - b[0])) {
      const button = document.createElement("button");
      const [r, g, b] = c === 65535 ? grey : palette[c % palette.length];
      const mark = ['<circle cx="6" cy="6" r="5"/>', '<path d="M6 0 12 6 6 12 0 6Z"/>', '<path d="M1 1h10v10H1Z"/>'][c === 65535 ? 0 : Math.floor(c / palette.length) % 3];
      button.innerHTML = '<svg width="12" height="12" fill="rgb(' + r + "," + g + "," + b + ')">' + mark + "</svg>";
      button.append((c === 65535 ? "none" : column.names[c]) + " (" + count + ")");
      button.className = hiddenNames.has(c) ? "off" : "";
      button.title = "Click to hide or show; double click for this one alone";
      button.onclick = () => { hiddenNames.has(c) ? hiddenNames.delete(c) : hiddenNames.add(c); paint(); };
      button.ondblclick = () => { hiddenNames.clear(); for (const k of counts.keys()) if (k !== c) hiddenNames.add(k); paint(); };
      legend.append(button);
    }
  } else {
    const known = Array.from(column.values).filter(Number.isFinite).sort((a, b) => a - b);
    // The extreme hundredth at either end shares the end's colour, so that one outlier does not take the scale.
    const low = known[Math.floor(0.01 * (known.length - 1))], high = known[Math.ceil(0.99 * (known.length - 1))];
    for (let i = 0; i < n; i++) {
      const v = column.values[i];
      const t = Math.max(0, Math.min(1, (v - low) / (high - low || 1))) * 9;
      const k = Math.min(8, Math.floor(t));
      color.set(Number.isFinite(v) ? viridis[k].map((a, j) => a + (viridis[k + 1][j] - a) * (t - k)) : grey, 3 * i);
    }
    const rank = (i) => (Number.isFinite(column.values[i]) ? column.values[i] : -Infinity);
    order.sort((a, b) => rank(a) - rank(b));
    const stops = viridis.map((c) => "rgb(" + c + ")").join();
    legend.innerHTML = known.length
      ? '<div id="scale"><i style="background:linear-gradient(90deg,' + stops + ')"></i><div><span>' + +low.toPrecision(3) + "</span><span>" + +high.toPrecision(3) + "</span></div></div>"
      : "no values";
  }
  repaint();
}

// ---- drawing
const points = $("points"), over = $("over");
let pixels = null, queued = false;
function repaint() { if (!queued) { queued = true; requestAnimationFrame(draw); } }
function stampOf(kind, radius) {
  const reach = Math.ceil(radius + 1), list = [];
  for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) {
    const d = kind === 0 ? Math.hypot(dx, dy) : kind === 1 ? (Math.abs(dx) + Math.abs(dy)) * 0.8 : Math.max(Math.abs(dx), Math.abs(dy)) * 1.12;
    const a = Math.max(0, Math.min(1, radius + 0.5 - d));
    if (a > 0) list.push([dx, dy, 0.85 * a]);
  }
  const flat = (k, type) => type.from(list, (v) => v[k]);
  return { dx: flat(0, Int32Array), dy: flat(1, Int32Array), alpha: flat(2, Float64Array) };
}
function draw() {
  queued = false;
  const W = points.width, H = points.height;
  const context = points.getContext("2d");
  if (!pixels || pixels.width !== W || pixels.height !== H) pixels = context.createImageData(W, H);
  const p = pixels.data;
  new Uint32Array(p.buffer).fill(0xffffffff);
  const radius = Number($("size").value) * ratio * 0.6;
  const stamps = [0, 1, 2].map((k) => stampOf(k, radius));
  const dim = chosen.size > 0;
  for (let pass = dim ? 0 : 1; pass < 2; pass++) for (let k = 0; k < n; k++) {
    const i = order[k];
    if (!visible[i] || (dim && chosen.has(i) !== (pass === 1))) continue;
    const x = Math.round(screenX(xy[2 * i]) * ratio), y = Math.round(screenY(xy[2 * i + 1]) * ratio);
    if (x < -20 || y < -20 || x > W + 20 || y > H + 20) continue;
    const fade = dim && pass === 0 ? 0.25 : 1;
    const r = color[3 * i], g = color[3 * i + 1], b = color[3 * i + 2];
    const { dx, dy, alpha } = stamps[shape[i]];
    for (let s = 0; s < alpha.length; s++) {
      const px = x + dx[s], py = y + dy[s];
      if (px < 0 || py < 0 || px >= W || py >= H) continue;
      const at = 4 * (py * W + px), a = alpha[s] * fade;
      p[at] += (r - p[at]) * a; p[at + 1] += (g - p[at + 1]) * a; p[at + 2] += (b - p[at + 2]) * a;
    }
  }
  context.putImageData(pixels, 0, 0);
  drawOver();
}
let loop = [], hover = -1;
function drawOver() {
  const context = over.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  if (loop.length > 1) {
    context.beginPath();
    loop.forEach(([x, y]) => context.lineTo(screenX(x), screenY(y)));
    context.closePath();
    context.fillStyle = "rgba(230,159,0,.15)"; context.strokeStyle = "#b36b00"; context.lineWidth = 1.5; context.setLineDash([5, 4]);
    context.fill(); context.stroke(); context.setLineDash([]);
  }
  if (hover >= 0) {
    context.beginPath();
    context.arc(screenX(xy[2 * hover]), screenY(xy[2 * hover + 1]), Number($("size").value) + 4, 0, 7);
    context.strokeStyle = "#000"; context.lineWidth = 2; context.stroke();
  }
}
function resize() {
  const box = $("plot").getBoundingClientRect(), first = width === 1;
  width = box.width; height = box.height; ratio = devicePixelRatio || 1;
  for (const canvas of [points, over]) {
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    canvas.style.width = width + "px"; canvas.style.height = height + "px";
  }
  first ? wholePlane() : repaint();
}

// ---- thumbnails: a sheet is decoded when first needed; the last eight are kept
const decoded = new Map(), perSheet = data.perSide * data.perSide;
function sheet(s) {
  let promise = decoded.get(s);
  if (promise) decoded.delete(s);
  else promise = new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image); image.onerror = reject;
    image.src = "data:image/jpeg;base64," + sheets[s].textContent;
  });
  decoded.set(s, promise);
  if (decoded.size > 8) decoded.delete(decoded.keys().next().value);
  return promise;
}
async function drawThumbnail(canvas, i) {
  canvas.width = canvas.height = thumb;
  const image = await sheet(Math.floor(i / perSheet));
  const k = i % perSheet;
  canvas.getContext("2d").drawImage(image, (k % data.perSide) * thumb, Math.floor(k / data.perSide) * thumb, thumb, thumb, 0, 0, thumb, thumb);
  canvas.dataset.loaded = i;
}

// ---- hover: points in square bins of the plane
const bins = new Map(), side = Math.max(bounds[1] - bounds[0], bounds[3] - bounds[2], 1e-9) / 200;
const bin = (x, y) => Math.floor((x - bounds[0]) / side) + 1000 * Math.floor((y - bounds[2]) / side);
for (let i = 0; i < n; i++) { const b = bin(xy[2 * i], xy[2 * i + 1]); bins.has(b) ? bins.get(b).push(i) : bins.set(b, [i]); }
function nearest(px, py) {
  const x = cx + (px - width / 2) / zoom, y = cy - (py - height / 2) / zoom, reach = 10 / zoom;
  const steps = Math.ceil(reach / side);
  let best = -1, least = reach * reach;
  const look = (i) => {
    if (!visible[i]) return;
    const d = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
    if (d < least) { least = d; best = i; }
  };
  if (steps > 20) { for (let i = 0; i < n; i++) look(i); return best; }
  for (let a = -steps; a <= steps; a++) for (let b = -steps; b <= steps; b++) for (const i of bins.get(bin(x + a * side, y + b * side)) || []) look(i);
  return best;
}
function valueOf(c, i) {
  if (c.kind === "category") return c.values[i] === 65535 ? "none" : c.names[c.values[i]];
  return Number.isFinite(c.values[i]) ? String(+c.values[i].toPrecision(4)) : "none";
}
function show(i) {
  if (i === hover) return;
  hover = i;
  const card = $("card");
  card.hidden = i < 0;
  drawOver();
  if (i < 0) return;
  card.replaceChildren();
  if (thumb) { const canvas = document.createElement("canvas"); card.append(canvas); drawThumbnail(canvas, i); }
  const name = document.createElement("b"); name.textContent = data.ids[i];
  const list = document.createElement("dl");
  for (const c of columns) {
    const term = document.createElement("dt"), value = document.createElement("dd");
    term.textContent = c.name; value.textContent = valueOf(c, i);
    list.append(term, value);
  }
  const line = document.createElement("div"); line.append(name);
  card.append(line, list);
  const x = screenX(xy[2 * i]), y = screenY(xy[2 * i + 1]);
  card.style.left = Math.max(4, x + 16 + card.offsetWidth > width ? x - card.offsetWidth - 14 : x + 16) + "px";
  card.style.top = Math.max(4, Math.min(height - card.offsetHeight - 4, y - 40)) + "px";
}

// ---- lasso and what it chose
let chosen = new Set(), list = [], shownCount = 0;
function inside(x, y) {
  let within = false;
  for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) {
    const [xa, ya] = loop[a], [xb, yb] = loop[b];
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) within = !within;
  }
  return within;
}
function choose(indices) {
  chosen = new Set(indices); list = indices; shownCount = 0;
  const some = list.length > 0, box = $("chosen");
  box.querySelector("h2").textContent = some ? list.length.toLocaleString("en") + (list.length === 1 ? " image chosen" : " images chosen") : "Nothing chosen yet";
  box.querySelector("p").hidden = some;
  box.querySelector(".tools").hidden = !some;
  $("copy").textContent = "Copy ids";
  $("grid").replaceChildren();
  $("grid").className = thumb ? "" : "plain";
  more(); repaint();
}
function more() {
  const next = list.slice(shownCount, shownCount + 120);
  shownCount += next.length;
  for (const i of next) {
    const button = document.createElement("button");
    button.type = "button"; button.title = data.ids[i]; button.dataset.i = i;
    if (thumb) { const canvas = document.createElement("canvas"); button.append(canvas); drawThumbnail(canvas, i); } else button.textContent = data.ids[i];
    button.onmouseenter = () => show(i);
    button.onmouseleave = () => show(-1);
    button.onclick = () => centre(i);
    $("grid").append(button);
  }
  $("more").hidden = shownCount >= list.length;
  $("more").textContent = "Show " + Math.min(120, list.length - shownCount) + " more of " + (list.length - shownCount);
}
function centre(i) { cx = xy[2 * i]; cy = xy[2 * i + 1]; repaint(); hover = -1; show(i); }
const chosenIds = () => list.map((i) => data.ids[i]).join("\n");
$("more").onclick = more;
$("clear").onclick = () => { loop = []; choose([]); };
$("copy").onclick = async () => {
  try { await navigator.clipboard.writeText(chosenIds()); }
  catch { // pages from the disk may not have the clipboard
    const area = document.createElement("textarea");
    area.value = chosenIds(); document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
  }
  $("copy").textContent = list.length + " copied";
};
$("save").onclick = () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([chosenIds() + "\n"], { type: "text/plain" })); link.download = "chosen-ids.txt"; link.click();
};

// ---- pointer and keys
let drag = null;
const at = (event) => { const box = over.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
const plane = ([x, y]) => [cx + (x - width / 2) / zoom, cy - (y - height / 2) / zoom];
over.onpointerdown = (event) => {
  over.setPointerCapture(event.pointerId);
  const lasso = mode === "lasso" || event.shiftKey;
  drag = { lasso, from: at(event), cx, cy };
  if (lasso) loop = [plane(at(event))];
  show(-1);
};
over.onpointermove = (event) => {
  const p = at(event);
  if (!drag) { show(nearest(p[0], p[1])); return; }
  if (drag.lasso) { loop.push(plane(p)); drawOver(); }
  else { cx = drag.cx - (p[0] - drag.from[0]) / zoom; cy = drag.cy + (p[1] - drag.from[1]) / zoom; repaint(); }
};
over.onpointerup = () => {
  if (drag && drag.lasso && loop.length > 2) {
    const found = [];
    for (let i = 0; i < n; i++) if (visible[i] && inside(xy[2 * i], xy[2 * i + 1])) found.push(i);
    choose(found);
  }
  drag = null;
};
over.onpointercancel = () => { drag = null; };
over.onpointerleave = () => { if (!drag) show(-1); };
over.addEventListener("wheel", (event) => {
  event.preventDefault();
  const p = at(event), [x, y] = plane(p);
  zoom *= Math.exp(-Math.max(-200, Math.min(200, event.deltaY)) * 0.002);
  cx = x - (p[0] - width / 2) / zoom; cy = y + (p[1] - height / 2) / zoom;
  show(-1); repaint();
}, { passive: false });
function setMode(next) {
  mode = next;
  for (const m of ["move", "lasso"]) $(m).setAttribute("aria-pressed", String(m === mode));
  $("plot").className = mode;
}
$("move").onclick = () => setMode("move");
$("lasso").onclick = () => setMode("lasso");
$("reset").onclick = wholePlane;
$("size").oninput = repaint;
$("find").onchange = () => {
  const text = $("find").value.trim().toLowerCase();
  if (!text) return;
  let i = data.ids.findIndex((id) => String(id).toLowerCase() === text);
  if (i < 0) i = data.ids.findIndex((id) => String(id).toLowerCase().includes(text));
  if (i < 0) $("find").setCustomValidity("No image is called that."); else { $("find").setCustomValidity(""); centre(i); }
  $("find").reportValidity();
};
$("find").oninput = () => $("find").setCustomValidity("");
addEventListener("keydown", (event) => {
  if (event.target.tagName === "INPUT" || event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "m") setMode("move"); else if (key === "l") setMode("lasso"); else if (key === "r") wholePlane();
  else if (key === "escape") { loop = []; choose([]); }
});
columns.forEach((c, k) => $("column").append(new Option(c.name, k)));
$("column").parentNode.hidden = !columns.length;
$("column").onchange = () => { column = columns[$("column").value]; hiddenNames.clear(); paint(); };
if (!matchMedia("(max-width: 760px)").matches) $("size").value = n > 50000 ? 2 : n > 5000 ? 3 : 4.5;
addEventListener("resize", resize);
resize(); paint(); choose([]);
`;
