"""What a submission may try to run in the browser of an instructor who looks at it: each calls RAN.

A browser that runs one of them writes RAN and its name to its console.
"""

import base64
import json
from typing import Any

from nbformat import NotebookNode, v4


def named(name: str, payload: Any) -> Any:
    """A payload whose RAN says its name; without quotes and spaces, so that it can stand anywhere."""
    return json.loads(json.dumps(payload).replace("RAN", f"console.error(/RAN-{name}/)"))


def _base64(text: str) -> str:
    return base64.b64encode(text.replace("RAN", "console.error(/RAN-base64/)").encode()).decode()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="RAN"><script>RAN</script></svg>'

# HTML that acts in a page, wherever it comes from.
HTML = {
    "script": "<script>RAN</script>",
    "script_src": f'<script src="data:text/javascript;base64,{_base64("RAN")}"></script>',
    "script_case": "<ScRiPt >RAN</sCrIpT >",
    "script_slash": "<script/x>RAN</script/x>",
    "script_nested": "<scr<script>ipt>RAN</script>",
    "script_unclosed": "<script>RAN//",
    "script_in_table": "<table><tr><td><script>RAN</script></td></tr></table>",
    "script_in_details": "<details open><summary>more</summary><script>RAN</script></details>",
    "img_onerror": '<img src="x:x" onerror="RAN">',
    "img_no_quotes": "<img src=x:x onerror=RAN>",
    "img_slashes": '<img/src="x:x"/onerror="RAN">',
    "img_newlines": '<img\nsrc="x:x"\nonerror\n=\n"RAN">',
    "img_unclosed": '<img src="x:x" onerror="RAN"\n',
    "img_twice": '<img alt="a" alt="><img src=x:x onerror=RAN>" src="x:x" onerror="RAN">',
    "img_data_attribute": '<img src="x:x" data-x="\'" onerror="RAN">',
    "details_toggle": '<details open ontoggle="RAN"><summary>more</summary></details>',
    "focus": '<p tabindex="0" autofocus onfocus="RAN">x</p>',
    "input_focus": '<input autofocus onfocus="RAN">',
    "animation_end": '<style>@keyframes k{}</style><p style="animation:k 1s" onanimationstart="RAN">',
    "iframe_srcdoc": '<iframe srcdoc="<script>RAN</script>"></iframe>',
    "iframe_javascript": '<iframe src="javascript:RAN"></iframe>',
    "iframe_data": f'<iframe src="data:text/html;base64,{_base64("<script>RAN</script>")}"></iframe>',
    "object": f'<object data="data:text/html;base64,{_base64("<script>RAN</script>")}"></object>',
    "embed": f'<embed src="data:image/svg+xml;base64,{_base64(SVG)}">',
    "svg": SVG,
    "svg_animate": (
        '<svg><a><animate attributeName="href" values="javascript:RAN"/><text y="9">x</text></a></svg>'
    ),
    "svg_use": f'<svg><use href="data:image/svg+xml;base64,{_base64(SVG)}#x"/></svg>',
    "math": '<math><mtext><table><mglyph><style><img src=x:x onerror="RAN"></style></mglyph></table>',
    "math_link": '<math href="javascript:RAN">x</math>',
    "link_javascript": '<a href="javascript:RAN">x</a>',
    "link_entities": '<a href="&#106;ava&Tab;script&colon;RAN">x</a>',
    "link_space": '<a href=" &#1;javascript:RAN">x</a>',
    "link_data": f'<a href="data:text/html;base64,{_base64("<script>RAN</script>")}">x</a>',
    "form": '<form action="javascript:RAN"><button autofocus>Full credit</button></form>',
    "form_button": '<button formaction="javascript:RAN" form="x">Full credit</button>',
    "meta_refresh": '<meta http-equiv="refresh" content="0;url=javascript:RAN">',
    "base": '<base href="https://example.org/">',
    "stylesheet": '<link rel="stylesheet" href="data:text/css,body{display:none}">',
    "style": "<style>body { display: none }</style>",
    "style_cover": '<p style="position:fixed;top:0;left:0;width:100%;height:100%">x</p>',
    "style_address": '<p style="background:url(/formgrader?path=/tmp)">x</p>',
    "template": "<template><script>RAN</script></template><noscript><p title='</noscript><script>RAN</script>'>",
    "title": "<title><img src=x:x onerror='RAN'></title><textarea></textarea><img src=x:x onerror='RAN'>",
    "xmp": '<xmp><p title="</xmp><img src=x:x onerror=RAN>"></xmp>',
    "comment": "<!--><img src=x:x onerror='RAN'>-->",
    "comment_bang": "<!-- --!><img src=x:x onerror='RAN'> -->",
    "cdata": "<![CDATA[><img src=x:x onerror='RAN'>]]>",
    "instruction": "<?x ><img src=x:x onerror='RAN'>?>",
    "plaintext": "<plaintext><script>RAN</script>",
    "tooltip": '<a data-toggle="tooltip" data-html="true" title="<script>RAN</script>">x</a>',
    "formgrader_link": '<a data-link="x" class="score">x</a>',
    "request": '<img src="/formgrader?path=/tmp">',
    "request_picture": '<picture><source srcset="/formgrader?path=/tmp"><img src="x:x"></picture>',
    "request_link": '<a href="http://localhost:8888/formgrader?path=/tmp">x</a>',
    "page_beside": '<a href="page.html">x</a>',
    "same_name": '<h1 id="mean_zero">x</h1>',
}
MARKDOWN = {
    "md_link": "[x](javascript:RAN)",
    "md_link_case": "[x](JaVaScRiPt:RAN)",
    "md_link_entities": "[x](&#106;avascript&colon;RAN)",
    "md_link_tab": "[x](<java\tscript:RAN>)",
    "md_link_data": f"[x](data:text/html;base64,{_base64('<script>RAN</script>')})",
    "md_link_title": "[x](https://example.org 'a\" onclick=\"RAN')",
    "md_reference": "[x][r]\n\n[r]: javascript:RAN",
    "md_autolink": "<javascript:RAN>",
    "md_image": "![x](javascript:RAN)",
    "md_image_alt": '![x" onerror="RAN](x:x)',
    "md_image_request": "![](/formgrader?path=/tmp)",
    "md_link_beside": "[x](page.html)",
    "md_attachment": "![x](attachment:page.png)",
    "md_no_attachment": "![x](attachment:missing.png)",
    "md_heading": "# mean_zero",
    "md_in_math": "$x<script>RAN</script>$ and $$\n<img src=x:x onerror=RAN>\n$$",
    "md_past_math": "$a$<script>RAN</script>$b$",
    "md_past_code": "`a``<script>RAN</script>`` b",
    "md_past_fence": "```\ncode\n```\n<script>RAN</script>\n\n~~~\ncode",
    "md_fence_language": '```"><script>RAN</script>\ncode\n```',
    "md_table": "| a | b |\n|---|---|\n| <script>RAN</script> | <img src=x:x onerror=RAN> |",
    "md_list": "- a\n\n  <script>\n  RAN\n  </script>",
    "md_quote": "> <script>\n> RAN\n> </script>",
    "md_split": "<scr\n\nipt>RAN</script> <img src=x:x\nonerror=RAN>",
    "md_deep": ">" * 400 + " <script>RAN</script>",
    "md_brackets": "[" * 3000 + "x](javascript:RAN)",
}
TEXTS = {
    "ansi": '\x1b[31m<script>RAN</script>\x1b["><img src=x:x onerror=RAN>m',
    "ansi_unreadable": "\x1b[38m<script>RAN</script>",
    "ansi_entity": "\x1b[&lt;script&gt;RAN",
}
# Outputs, whole, as a cell may leave them.
OUTPUTS = {
    "out_javascript": v4.new_output("display_data", {"application/javascript": "RAN"}),
    "out_svg": v4.new_output("display_data", {"image/svg+xml": SVG}),
    "out_latex": v4.new_output("display_data", {"text/latex": "$x$<script>RAN</script>"}),
    "out_latex_link": v4.new_output("display_data", {"text/latex": r"$\href{javascript:RAN}{x}$"}),
    "out_plain": v4.new_output("execute_result", {"text/plain": "<script>RAN</script>"}),
    "out_isolated": v4.new_output(
        "display_data",
        {"text/html": "<script>RAN</script>"},
        metadata={"text/html": {"isolated": True}},
    ),
    "out_png": v4.new_output("display_data", {"image/png": '"><script>RAN</script>'}),
    "out_png_width": v4.new_output(
        "display_data",
        {"image/png": "x"},
        metadata={"image/png": {"width": "1 onerror=RAN", "height": "1"}},
    ),
    "out_png_file": v4.new_output(
        "display_data",
        {"image/png": "x"},
        metadata={"filenames": {"image/png": "/formgrader?path=/tmp"}},
    ),
    "out_mermaid": v4.new_output("display_data", {"text/vnd.mermaid": "<script>RAN</script>"}),
    "out_widget": v4.new_output(
        "display_data",
        {
            "application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>RAN"},
            "text/plain": "x",
        },
    ),
    "out_error": v4.new_output(
        "error",
        ename="<script>RAN</script>",
        evalue="<script>RAN</script>",
        traceback=["<script>RAN</script>", "\x1b[38m"],
    ),
    "out_stream_name": NotebookNode(
        output_type="stream", name="stderr", text="<script>RAN</script>"
    ),
}


def cells() -> dict[str, NotebookNode]:
    """A cell for each payload, by its name."""
    made: dict[str, NotebookNode] = {}
    for name, source in (HTML | MARKDOWN).items():
        page = {"page.png": {"text/html": "PHNjcmlwdD4="}}
        made[name] = v4.new_markdown_cell(
            named(name, source), attachments=page if "attachment:page" in source else {}
        )
    for name, source in HTML.items():
        for mime in ("text/html", "text/markdown"):
            output = v4.new_output("display_data", {mime: named(f"{name}-{mime[5:]}", source)})
            made[f"{name}-{mime[5:]}"] = v4.new_code_cell("", outputs=[output])
    for name, text in TEXTS.items():
        outputs = [
            v4.new_output("stream", text=named(name, text)),
            v4.new_output("error", ename="E", evalue="x", traceback=[named(name, text)]),
            v4.new_output("execute_result", {"text/plain": named(name, text)}),
        ]
        made[name] = v4.new_code_cell(named(name, text), outputs=outputs)
    for name, output in OUTPUTS.items():
        made[name] = v4.new_code_cell("", outputs=[NotebookNode(named(name, output))])
    odd = NotebookNode(cell_type="odd", type=named("odd", HTML["script"]), source="", metadata={})
    made["odd"] = odd
    made["raw"] = v4.new_raw_cell(named("raw", HTML["script"]))
    made["raw_html"] = v4.new_raw_cell(
        named("raw_html", HTML["img_onerror"]), metadata={"raw_mimetype": "text/html"}
    )
    made["count"] = v4.new_code_cell("1")
    made["count"].execution_count = named("count", HTML["script"])
    made["tags"] = v4.new_code_cell(
        "1", metadata={"tags": [named("tags", '"><script>RAN</script>')]}
    )
    made["id"] = v4.new_code_cell("1")
    made["id"].id = named("id", '"><script>RAN</script>')
    made["magic"] = v4.new_code_cell(named("magic", "%%html\n<script>RAN</script>"))
    return made


METADATA = {
    "title": "</title><script>RAN</script>",
    "kernelspec": {"name": "</script><script>RAN</script>", "display_name": "x"},
    "language_info": {"name": '"><script>RAN</script>', "pygments_lexer": '"><script>RAN</script>'},
    "authors": [{"name": "<script>RAN</script>"}],
    "widgets": {
        "application/vnd.jupyter.widget-state+json": {
            "state": {"</script><script>RAN": {}},
            "version_major": 2,
        }
    },
}
