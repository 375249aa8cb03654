"""How the page of a rehearsal looks."""

CSS = """
:root{color-scheme:light dark;--back:#f6f7f9;--paper:#fff;--ink:#161a22;--soft:#5b6473;--line:#dfe3ea;--good:#12764a;--good-back:#e3f5ec;
--bad:#b3261e;--bad-back:#fde9e7;--skip:#5b6473;--c0:#2563c9;--c1:#c2570c;--c2:#12805c;--c3:#8446c8;--c4:#b8326a;--c5:#5d6675}
@media (prefers-color-scheme:dark){:root{--back:#0f1218;--paper:#181c24;--ink:#e9ecf2;--soft:#a3acbb;--line:#2c333f;--good:#5fd39c;
--good-back:#12301f;--bad:#ff8a80;--bad-back:#3a1614;--skip:#a3acbb;--c0:#7db0ff;--c1:#ffac66;--c2:#5fd3a6;--c3:#c79bff;--c4:#ff8fb8;
--c5:#a9b2c1}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:70rem;margin:0 auto;padding:clamp(1rem,4vw,2.5rem)}
h1{font-size:clamp(1.6rem,5vw,2.4rem);line-height:1.15;margin:.1em 0 .3em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.5rem 0 .8rem}
h3{font-size:1rem;margin:0}
p{margin:.2rem 0}
.kicker,.meta,figcaption p,.check p,.tile span{color:var(--soft)}
.kicker{font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;margin:0}
.meta{font-size:.9rem}
.verdict{display:inline-flex;gap:.55em;align-items:center;border-radius:99px;padding:.35em 1em;font-weight:650;margin:.4rem 0}
.verdict.pass{background:var(--good-back);color:var(--good)}
.verdict.fail{background:var(--bad-back);color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.3rem,1fr));gap:.75rem;margin:1.2rem 0 0;padding:0;list-style:none}
.tile,figure,.check,.card{background:var(--paper);border:1px solid var(--line);border-radius:12px}
.tile{padding:.7rem .9rem}
.tile b{display:block;white-space:nowrap;font-size:1.35rem;line-height:1.25;font-variant-numeric:tabular-nums}
.tile span{font-size:.82rem}
.checks{list-style:none;margin:0;padding:0;display:grid;align-items:start;
gap:.6rem 1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr))}
.check{display:grid;grid-template-columns:1.6rem minmax(0,1fr);gap:.2rem .6rem;padding:.7rem .9rem}
.check.fail{grid-column:1/-1;border-color:var(--bad)}
.check h3{font-weight:600}
.check p{font-size:.9rem;overflow-wrap:anywhere}
.check ul{margin:.35rem 0 0;padding-left:1.1rem;font:.82rem/1.45 ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.mark{width:1.3rem;height:1.3rem;margin-top:.1rem;fill:none;stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
.check.pass .mark{stroke:var(--good)}
.check.fail .mark{stroke:var(--bad)}
.check.fail h3{color:var(--bad)}
.check.skip .mark{stroke:var(--skip)}
.check.skip h3{font-weight:450}
.gauge{height:4px;border-radius:2px;background:var(--line);margin-top:.4rem;max-width:22rem;overflow:hidden}
.gauge i{display:block;height:100%;background:var(--good)}
.fail .gauge i{background:var(--bad)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr));gap:1rem;align-items:start}
figure{margin:0;padding:.9rem 1rem;min-width:0}
figcaption p{font-size:.88rem;margin-bottom:.5rem}
svg{display:block;width:100%;height:auto}
figure svg{font:11px system-ui,sans-serif}
.grid{stroke:var(--line);stroke-width:1;fill:none}
.tick,.name{fill:var(--soft)}
.tick.y,.name{text-anchor:end}
.name{fill:var(--ink)}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}
.dot,.bar{fill:var(--c)}
.dot{stroke:var(--paper);stroke-width:1}
.span{stroke:var(--soft);stroke-width:2;opacity:.55}
.limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:4 3;fill:none}
.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}
.legend{display:flex;flex-wrap:wrap;gap:.2rem .9rem;list-style:none;margin:0 0 .3rem;padding:0;font-size:.82rem}
.legend li::before{content:"";display:inline-block;width:.65em;height:.65em;border-radius:50%;background:var(--c);margin-right:.4em}
details{margin-top:.5rem;font-size:.85rem}
summary{cursor:pointer;color:var(--soft)}
.wide{overflow-x:auto}
.card{padding:.4rem .9rem .7rem;margin-top:1rem}
.card h2,.card summary h2{margin:.4rem 0}
summary h2{display:inline-block}
.card details{margin:0}
table{border-collapse:collapse;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.32rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}
th:first-child{text-align:left;overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:500;white-space:nowrap}
tbody th{font-weight:500;min-width:7rem}
.words td{text-align:left}
footer{color:var(--soft);font-size:.85rem;margin-top:2.5rem}
:focus-visible{outline:2px solid var(--c0);outline-offset:2px}
@media print{:root{color-scheme:light;--back:#fff;--paper:#fff;--ink:#000;--soft:#444;--line:#ccc;--good:#12764a;--good-back:#fff;
--bad:#b3261e;--bad-back:#fff;--c0:#2563c9;--c1:#c2570c;--c2:#12805c;--c3:#8446c8;--c4:#b8326a;--c5:#5d6675}
body{font-size:11pt}main{padding:0;max-width:none}figure,.check,tr,.tile{break-inside:avoid}h2{break-after:avoid}
summary{display:none}details::details-content{content-visibility:visible;display:block;block-size:auto}}
"""
