p='akolhook.h'; s=open(p).read()
def rep(a,b,n=1):
    global s
    assert s.count(a)==n,(s.count(a),a); s=s.replace(a,b)
rep("""/* Text of a JSON string. As read,""","""/* Whether a text is UTF-8 as RFC 3629 has it: nothing overlong, no surrogate, nothing above U+10FFFF, no
   sequence cut off. *good (may be NULL) is how many bytes from its start on are. Returns OK, BAD_UTF8. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_utf8_check(akolhook_str text, size_t *good);

/* Text of a JSON string. As read,""")
rep("""written. Input and output must not overlap. Returns OK,
""","""written. Input and output must not overlap, but a decoder
   may write where its text begins. Returns OK,
""") if "written. Input and output must not overlap. Returns OK,\n" in s else None
open(p,'w').write(s)
