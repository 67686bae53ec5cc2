/** The look of the site: one column for reading, figures and tables in it, navigation beside it; prints in black on white. */
export const siteStyle = `:root {
  color-scheme: light;
  --ink: #1c1e21; --soft: #5c636b; --line: #dfe3e8; --ground: #f7f8fa; --blue: #00629b; --red: #a8321a;
  --prose: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Charter, Georgia, "DejaVu Serif", serif;
  --plain: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Verdana, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --column: 46rem;
}
* { box-sizing: border-box; }
html { font-size: 17px; -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: #fff; color: var(--ink); font: 1rem/1.62 var(--prose); display: grid; grid-template-columns: 17rem minmax(0, 1fr); min-height: 100vh; }
a { color: var(--blue); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid #56b4e9; outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: #fff; padding: .4rem .8rem; z-index: 2; }

/* Navigation */
.side { grid-column: 1; background: var(--ground); border-right: 1px solid var(--line); font: .85rem/1.4 var(--plain); }
.side nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 1.6rem 1.1rem 2rem; }
.side a { color: inherit; text-decoration: none; display: block; border-radius: 4px; }
.side a:hover { color: var(--blue); }
.home { font-weight: 700; font-size: 1.05rem; letter-spacing: -.01em; padding: 0 .5rem; }
.side ol { list-style: none; margin: 0; padding: 0; }
.side nav > ol { margin-top: 1.1rem; }
.side nav > ol > li > a { padding: .32rem .5rem; }
.side a[aria-current] { background: #e4eef6; color: #00466f; font-weight: 600; }
.side ol ol { margin: .2rem 0 .5rem .5rem; border-left: 2px solid var(--line); }
.side ol ol a { padding: .2rem .5rem .2rem .8rem; color: var(--soft); font-size: .8rem; }
.side ol ol a.here { color: var(--blue); }
#menu { position: absolute; opacity: 0; pointer-events: none; }
.menu { display: none; }

/* The column */
main { grid-column: 2; width: 100%; max-width: calc(var(--column) + 5rem); margin: 0 auto; padding: 2.6rem 2.5rem 4rem; }
h1, h2, h3, h4 { font-family: var(--plain); line-height: 1.25; letter-spacing: -.012em; margin: 2.4em 0 .6em; text-wrap: balance; scroll-margin-top: 1rem; }
h1 { font-size: 2rem; margin: 0 0 .5em; letter-spacing: -.022em; }
h2 { font-size: 1.32rem; } h3 { font-size: 1.08rem; } h4 { font-size: 1rem; }
p, ul, ol, blockquote, dl { margin: 0 0 1em; }
li + li { margin-top: .25em; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1.1rem; color: var(--soft); }
img { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0; }
code, pre { font-family: var(--mono); font-size: .82em; }
p code, li code, td code { background: var(--ground); border: 1px solid var(--line); border-radius: 4px; padding: .05em .3em; overflow-wrap: anywhere; }
pre { margin: 0 0 1em; overflow-x: auto; line-height: 1.5; tab-size: 2; }
pre code { font-size: inherit; }
.text pre { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; font-size: .76rem; }
.run { font: .8rem/1.45 var(--plain); color: var(--soft); display: flex; flex-wrap: wrap; gap: .35rem 1rem; align-items: center; margin: 0 0 1.8rem; padding-bottom: .9rem; border-bottom: 1px solid var(--line); }
.run button { font: inherit; color: var(--blue); background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; }
.note { font: .9rem/1.5 var(--plain); background: #fff7e6; border-left: 3px solid #e69f00; padding: .6rem .9rem; }

/* Cells */
.code { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; margin: 1.3rem 0; font-size: .76rem; }
.results { margin: 1.3rem 0 1.6rem; }
.code + .results { margin-top: -.5rem; }
.hide-code .code { display: none; }
.hide-code .results { margin-top: 1.3rem; }
.out { margin: 0 0 .8rem; }
pre.out { font-size: .76rem; color: #33383d; white-space: pre-wrap; overflow-wrap: anywhere; padding: .1rem 1rem; border-left: 3px solid var(--line); }
pre.bar { color: #8a929b; font-size: .68rem; margin-bottom: .4rem; }
pre.stderr { border-color: #e69f00; }
pre.error { border-color: var(--red); background: #fdf3f0; color: #6b1f0f; padding: .7rem 1rem; }
.wide { overflow-x: auto; margin-bottom: 1.2rem; }
table { border-collapse: collapse; font: .82rem/1.45 var(--plain); font-variant-numeric: tabular-nums lining-nums; }
.text table, .index table { width: 100%; }
td[style*="right"] { white-space: nowrap; }
caption { caption-side: top; text-align: left; padding-bottom: .5em; font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .42em 1.1em .42em 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; border-bottom: 1.5px solid #9aa3ad; white-space: nowrap; }
.wide p { font: .78rem var(--plain); color: var(--soft); margin: .5em 0 0; }
.katex { font-size: 1.08em; }
.katex-display { overflow-x: auto; overflow-y: hidden; padding: .3em 0; margin: 1.1em 0; }

/* Figures: the picture stands until the drawing is ready, in the same place */
figure { margin: 0 0 1rem; overflow-x: auto; position: relative; scroll-margin-top: 1rem; }
figure > img { display: block; }
figure > .plot { position: absolute; top: 0; left: 0; visibility: hidden; }
figure.drawn > .plot { position: static; visibility: visible; }
figure.drawn > img { display: none; }
figure > button { font: .78rem var(--plain); color: var(--blue); background: #fff; border: 1px solid var(--line); border-radius: 4px; padding: .35rem .7rem; margin-top: .5rem; cursor: pointer; }
figure.drawn > button { display: none; }

/* Before and after */
.turn { display: flex; justify-content: space-between; gap: 1rem; margin-top: 3.5rem; padding-top: 1.2rem; border-top: 1px solid var(--line); font: .88rem/1.4 var(--plain); }
.turn a { text-decoration: none; max-width: 48%; }
.turn a:last-child { margin-left: auto; text-align: right; }
.turn small { display: block; color: var(--soft); }
footer { font: .76rem/1.5 var(--plain); color: var(--soft); margin-top: 2.5rem; }

/* Index */
.index h1 { font-size: 2.5rem; margin-bottom: .25em; }
.lead { font-size: 1.14rem; line-height: 1.55; color: #3a4047; max-width: 40rem; }
.index td:first-child a { font-weight: 600; text-decoration: none; }
.index td { padding-top: .7em; padding-bottom: .7em; }
.index td p { margin: .2em 0 0; color: var(--soft); line-height: 1.45; }
.index td:nth-child(2) { white-space: nowrap; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1.1rem; font: .78rem/1.35 var(--plain); }
.gallery a { text-decoration: none; color: inherit; }
.gallery a:hover { color: var(--blue); }
.gallery span { display: block; height: 8.5rem; border: 1px solid var(--line); border-radius: 6px; padding: .4rem; margin-bottom: .35rem; background: #fff; }
.gallery img { width: 100%; height: 100%; object-fit: contain; }
.gallery a:hover span { border-color: var(--blue); }

/* Code: few colours, none of them alone carries meaning */
.hljs-comment, .hljs-quote { color: #6a737d; font-style: italic; }
.hljs-keyword, .hljs-literal, .hljs-built_in, .hljs-selector-tag { color: #7a2e8e; }
.hljs-string, .hljs-regexp, .hljs-addition { color: #1d6b34; }
.hljs-number, .hljs-symbol { color: #9a4a00; }
.hljs-title, .hljs-section { color: #00568a; }
.hljs-type, .hljs-attr, .hljs-params { color: inherit; }
.hljs-deletion { color: var(--red); }

@media (max-width: 62rem) {
  body { display: block; }
  .side { border: 0; border-bottom: 1px solid var(--line); }
  .side nav { position: static; max-height: none; padding: .8rem 1.2rem; display: grid; grid-template-columns: 1fr auto; align-items: center; }
  .home { padding: 0; }
  .menu { display: block; cursor: pointer; color: var(--blue); padding: .3rem .7rem; border: 1px solid var(--line); border-radius: 4px; background: #fff; }
  #menu:focus-visible + .menu { outline: 3px solid #56b4e9; }
  .side nav > ol { display: none; grid-column: 1 / 3; }
  #menu:checked ~ ol { display: block; }
  main { padding: 1.6rem 1.2rem 3rem; }
  h1 { font-size: 1.7rem; } .index h1 { font-size: 2rem; }
}
@media (max-width: 36rem) {
  html { font-size: 16px; }
  .index table, .index tbody, .index tr, .index td { display: block; }
  .index thead { display: none; }
  .index td { border: 0; padding: 0; white-space: normal !important; }
  .index tr { padding: .8em 0; border-bottom: 1px solid var(--line); display: block; }
  .index td:not(:first-child) { color: var(--soft); display: inline; }
  .index td:nth-child(3):not(:empty)::before { content: " · "; }
  .gallery { grid-template-columns: 1fr 1fr; }
  .out table:has(th:nth-child(5)) { min-width: 40rem; }
}
@media print {
  html { font-size: 10.5pt; }
  body { display: block; }
  .side, .turn, .run a, .run button, .skip, figure > button { display: none; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
  figure, table, .katex-display, .gallery a { break-inside: avoid; }
  figure > img { display: block !important; }
  figure > img ~ .plot { display: none; }
  .code { white-space: pre-wrap; overflow-wrap: anywhere; }
  .wide, figure { overflow: visible; }
  a { color: inherit; }
}
`;
