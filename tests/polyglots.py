"""Text that is markup, script, formula or template somewhere, to try every outlet with."""

POLYGLOTS = [
    "<script>alert(1)</script>",
    "</text></svg><script>alert(1)</script>",
    '"onload="alert(1)',
    "' onload='alert(1)",
    "]]><script>alert(1)</script>",
    "<![CDATA[x]]>",
    "<!--",
    "-->",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "&lt;b&gt; &#60; &unknown;",
    "<image href='https://evil.example/x.png'/>",
    "<style>*{fill:url(https://evil.example)}</style>",
    "{{7*7}} {% x %} ${x}",
    "=1+1 @SUM(A1) +1 -1",
    "\u0000\u0008\u001f\ufffe\uffff",
    "\u202eevil\u2066",
    "😀" * 100,
]
