#pragma once

#include <string_view>

namespace rollcall::report {

/// The stylesheet of every page. Signs and words say what colours say; `tests/pages` computes their contrast.
/// On paper all is black on white, and what is shut on the screen is open.
constexpr std::string_view kHtmlStyle = R"css(
:root{color-scheme:light;--page:#fff;--text:#1f2328;--dim:#59636e;--line:#d1d9e0;--box:#f6f8fa;--link:#0550ae;
--new:#116329;--change:#7d4e00;--gone:#a40e26}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--page:#0d1117;--text:#e6edf3;--dim:#9da7b3;
--line:#3d444d;--box:#161b22;--link:#79b8ff;--new:#56d364;--change:#e3b341;--gone:#ff9492}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:62rem;margin:0 auto;padding:1rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.25rem;line-height:1.3;margin:2.25rem 0 .5rem;padding-bottom:.25rem;border-bottom:2px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.25rem 0}
a{color:var(--link)}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;background:var(--box);
border:1px solid var(--line);border-radius:.25rem;padding:0 .25em;overflow-wrap:anywhere;white-space:pre-wrap;-webkit-box-decoration-break:clone;
box-decoration-break:clone}
.total{font-size:1.125rem;font-weight:600}
.facts{display:grid;grid-template-columns:auto 1fr;gap:.125rem 1rem;margin:.75rem 0}
.facts dt,.dim,.advice,.count{color:var(--dim)}
.facts dd{margin:0;min-width:0}
.count{font-weight:400}
table{border-collapse:collapse;margin:.75rem 0}
caption{text-align:left;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:.25rem 1rem .25rem 0;border-top:1px solid var(--line)}
th{font-weight:400;color:var(--dim);white-space:nowrap}
td span{white-space:nowrap}
nav,footer{margin:1rem 0;padding:.75rem 1rem;background:var(--box);border:1px solid var(--line);border-radius:.5rem}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
nav h2{font-size:1rem;line-height:1.5;margin:0;border:0;padding:0}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
ul{list-style-type:"";margin:0;padding:0}
.rows>li{padding:.3125rem 0 .3125rem 1.75rem;border-top:1px solid var(--line)}
.rows>li:first-child{border-top:0}
.rows .rows>li{padding-top:.0625rem;padding-bottom:.0625rem;border-top:0}
.rows .rows>li.plain{padding-left:0}
.plain>.name{font-weight:400;color:var(--dim)}
.users>li{padding-left:3.25rem}
.sign{display:inline-block;width:1.25rem;margin:0 .5rem 0 -1.75rem;text-align:center;font-weight:700;
font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;border-radius:.25rem;
background:var(--box);white-space:nowrap}
summary .sign{width:auto;min-width:1.25rem;margin:0 .5rem 0 0}
.new{color:var(--new)}.change{color:var(--change)}.gone,.look-here,.look-here~.note,.alarm h2,.alarm h3{color:var(--gone)}.same{color:var(--dim)}
.value{white-space:pre-wrap;unicode-bidi:isolate}
.name{font-weight:600}
.note{font-weight:600}
.was{color:var(--dim)}
.alarm{border-left:.25rem solid var(--gone);padding-left:.75rem}
.look{margin-top:1.5rem;padding:0 1rem 1rem;border:2px solid var(--line);border-radius:.5rem}
.look>h2{margin-top:.75rem}
summary{cursor:pointer;list-style:none;padding-left:1.75rem}
summary::-webkit-details-marker{display:none}
summary::before{content:"\25B8";content:"\25B8" / "";display:inline-block;width:1.25rem;margin:0 .5rem 0 -1.75rem;
text-align:center}
details[open]>summary::before{content:"\25BE";content:"\25BE" / ""}
.users>li>details>summary{margin-left:-3.25rem;padding-left:3.25rem}
.users>li>details>summary::before{margin:0 .25rem 0 -3.25rem}
@media screen{.long>.rows>li{content-visibility:auto;contain-intrinsic-size:auto 2.125rem}}
@media (max-width:30rem){main{padding:.5rem .75rem 2rem}h1{font-size:1.25rem}.total{font-size:1rem}.facts{grid-template-columns:1fr}.facts dd{margin-bottom:.375rem}
.look{padding:0 .75rem .75rem}}
@media print{:root{--text:#000;--dim:#333;--line:#999;--box:#fff;--link:#000;--new:#000;--change:#000;--gone:#000}
body{font-size:10pt}main{max-width:none;padding:0}nav{display:none}details::details-content{content-visibility:visible;
display:block;height:auto}li,tr,footer{break-inside:avoid}h2,h3,summary{break-after:avoid}
summary::before,details[open]>summary::before{content:""}a{text-decoration:none}}
)css";

}  // namespace rollcall::report
