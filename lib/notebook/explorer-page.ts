import { explorerScript } from "./explorer-script.js";

/** The explorer's page; data and thumbnails go where `<!--DATA-->` stands. */
export const explorerPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><!--TITLE--></title>
<style>
  :root { --ink: #1a1a1a; --soft: #555; --line: #d5d9de; --blue: #0072b2; --ground: #f6f7f9; }
  * { box-sizing: border-box; }
  html, body { height: 100%; }
  body { margin: 0; font: 15px/1.4 system-ui, "DejaVu Sans", Verdana, sans-serif; color: var(--ink); background: var(--ground); display: grid; grid-template: auto 1fr / 1fr 340px; }
  header { grid-column: 1 / 3; display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 10px 16px; border-bottom: 1px solid var(--line); background: #fff; }
  h1 { font-size: 17px; margin: 0; }
  header p { margin: 0; color: var(--soft); font-size: 13px; flex: 1 1 200px; }
  button, select, input { font: inherit; font-size: 14px; color: inherit; background: #fff; border: 1px solid #aab2bb; border-radius: 5px; padding: 5px 9px; }
  button { cursor: pointer; }
  button:hover { border-color: var(--blue); background: #eef5fa; }
  button[aria-pressed="true"] { background: var(--blue); border-color: var(--blue); color: #fff; }
  :focus-visible { outline: 3px solid #56b4e9; outline-offset: 1px; }
  .tools { display: flex; gap: 6px; align-items: center; flex-wrap: wrap; }
  label { font-size: 13px; color: var(--soft); display: flex; gap: 6px; align-items: center; }
  #plot { position: relative; min-width: 0; min-height: 0; overflow: hidden; background: #fff; }
  canvas { display: block; }
  #plot canvas { position: absolute; inset: 0; touch-action: none; cursor: grab; }
  #plot.lasso canvas { cursor: crosshair; }
  #hint { position: absolute; left: 12px; bottom: 10px; font-size: 12.5px; color: var(--soft); background: rgba(255,255,255,.85); padding: 2px 7px; border-radius: 4px; pointer-events: none; }
  #card { position: absolute; pointer-events: none; background: #fff; border: 1px solid var(--line); border-radius: 6px; box-shadow: 0 3px 14px rgba(0,0,0,.18); padding: 8px; font-size: 12.5px; max-width: 230px; }
  #card canvas { position: static; width: 132px; height: 132px; border-radius: 4px; background: #000; margin-bottom: 6px; }
  #card b { overflow-wrap: anywhere; }
  #card dl { display: grid; grid-template-columns: auto 1fr; gap: 0 8px; margin: 4px 0 0; }
  #card dt { color: var(--soft); } #card dd { margin: 0; }
  aside { border-left: 1px solid var(--line); background: #fff; overflow-y: auto; padding: 12px 14px; min-height: 0; }
  h2 { font-size: 14px; margin: 0 0 6px; }
  #legend { display: flex; flex-wrap: wrap; gap: 4px; margin-bottom: 16px; font-size: 13px; }
  #legend button { display: flex; gap: 5px; align-items: center; font-size: 12.5px; padding: 2px 7px; }
  #legend button.off { opacity: .4; text-decoration: line-through; }
  #legend svg { flex: none; }
  #scale { width: 100%; } #scale i { display: block; height: 14px; border-radius: 3px; } #scale div { display: flex; justify-content: space-between; color: var(--soft); font-size: 12px; }
  #chosen p { color: var(--soft); font-size: 13px; margin: 0 0 8px; }
  #grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(70px, 1fr)); gap: 5px; margin-top: 10px; }
  #grid button { padding: 0; border: 2px solid transparent; background: #000; border-radius: 4px; overflow: hidden; line-height: 0; }
  #grid button:hover, #grid button.found { border-color: #e69f00; }
  #grid canvas { width: 100%; height: auto; aspect-ratio: 1; }
  #grid.plain button { background: #eef1f4; line-height: 1.3; font-size: 12px; padding: 6px; overflow-wrap: anywhere; }
  [hidden] { display: none !important; }
  @media (max-width: 760px) { body { grid-template: auto 60vh auto / 1fr; overflow: auto; } header { grid-column: 1; } aside { border: 0; border-top: 1px solid var(--line); } }
</style>
</head>
<body>
<header>
  <h1></h1><p></p>
  <div class="tools">
    <label>Colour by <select id="column"></select></label>
    <button id="move" type="button" aria-pressed="true" title="Key M">Move</button>
    <button id="lasso" type="button" aria-pressed="false" title="Key L, or hold Shift">Lasso</button>
    <button id="reset" type="button" title="Key R">Whole plane</button>
    <label>Point size <input id="size" type="range" min="1" max="9" step="0.5" value="3"></label>
    <input id="find" type="search" placeholder="Find an id" aria-label="Find an id" size="14">
  </div>
</header>
<div id="plot"><canvas id="points"></canvas><canvas id="over"></canvas><div id="hint"></div><div id="card" hidden></div></div>
<aside>
  <div id="key"><h2></h2><div id="legend"></div></div>
  <div id="chosen">
    <h2>Nothing chosen yet</h2>
    <p>Press <b>Lasso</b> (or hold Shift) and draw around points: their images appear here, with their ids to copy.</p>
    <div class="tools" hidden>
      <button id="copy" type="button">Copy ids</button>
      <button id="save" type="button">Save ids</button>
      <button id="clear" type="button">Clear</button>
    </div>
    <div id="grid"></div>
    <p><button id="more" type="button" hidden></button></p>
  </div>
</aside>
<!--DATA--><script>
${explorerScript}
</script>
</body>
</html>
`;
