#pragma once

namespace hone {

/// The report's style sheet: follows the reader's light or dark setting and takes system fonts.
inline constexpr const char* kReportStyle = R"(
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5d6670; --page: #ffffff; --box: #f4f6f8; --line: #d5dae0;
  --bar: #4a80c4; --target-ink: #0b4a21; --target: #cdeed5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ea; --soft: #98a2ad; --page: #14171a; --box: #1d2226;
  --line: #343b42; --bar: #6ea3e0; --target-ink: #c9f2d4; --target: #17502b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: .95rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
.soft { color: var(--soft); overflow-wrap: anywhere; }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
.card { background: var(--box); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; }
.card b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: normal; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.text { min-width: 14rem; overflow-wrap: anywhere; white-space: pre-wrap; }
.bars td { border: 0; padding-top: .05rem; padding-bottom: .05rem; }
.bars td.bar { width: 100%; min-width: 8rem; }
.bars i { display: block; height: .9rem; margin-top: .3rem; background: var(--bar); border-radius: .1rem; min-width: 2px; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: .75rem; }
.box, article { background: var(--box); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
article { margin: .75rem 0; }
pre { margin: .5rem 0 0; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  tab-size: 4; }
mark { background: var(--target); color: var(--target-ink); border-radius: .15rem; }
)";

}  // namespace hone
