/* Makes the page's modules of JavaScript and its CSS shorter: comments and blanks go, and in a module the
   names that nobody outside sees become short ones. What the code does stays the same; --assets serves the
   sources.

   A module is read into tokens. Strings, templates and regular expressions stay as they are, a line end
   stays where the grammar might need it. A name is changed everywhere in the file at once, so scopes need
   not be known: it must be declared there, and be neither imported nor exported; as the name of a member it
   stays. const is written as let, which is the same for all that runs without an error. What cannot be read
   for certain, as a slash behind a brace, is an error: write it in another way. */

enum { SHRINK_TOKENS = 1 << 16, SHRINK_DEPTH = 200, SHRINK_NAMES = 1024 };

typedef enum token_kind {
    TOKEN_WORD,  /* a name, a number or a word of the language */
    TOKEN_MARK,  /* a punctuator; of those of several characters ++ and -- alone are one token */
    TOKEN_QUOTED /* a string, a regular expression, a piece of a template */
} token_kind;

typedef enum token_role { ROLE_OTHER, ROLE_VARIABLE, ROLE_SHORTHAND } token_role;

typedef struct token {
    const char *text;
    size_t len;
    token_kind kind;
    token_role role; /* of a word that may get a short name */
    char gap;        /* before it: 0, a blank or a line end */
    char bracket;    /* of an opening one: ( [ $ of a template, c behind if, o of an object or pattern, b of a
                        block, k of a class, m of import and export */
    size_t partner;  /* of a bracket: the index of the other one */
    size_t inside;   /* the index of the bracket that it stands in, itself for none */
} token;

typedef struct short_name {
    const token *first;
    long gain; /* bytes */
    char text[4];
} short_name;

typedef struct shrink {
    const char *at, *end; /* what is left of the source */
    char gap;
    token *tokens;
    size_t count;
    size_t open[SHRINK_DEPTH], depth;
    short_name names[SHRINK_NAMES];
    size_t name_count;
} shrink;

/* ---- characters and tokens ---- */

static int is_word_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}
static int is_one_of(char c, const char *set) { return c && strchr(set, c) != NULL; }

static int is_text(const token *t, const char *text) {
    return t->len == strlen(text) && memcmp(t->text, text, t->len) == 0;
}
static int is_same(const token *a, const token *b) {
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}
static int is_any(const token *t, const char *const *words) {
    for (; *words; words++)
        if (t->kind == TOKEN_WORD && is_text(t, *words)) return 1;
    return 0;
}

static const token no_token = {"", 0, TOKEN_MARK, ROLE_OTHER, 0, 0, 0, 0};

/* The token so many places from there; an empty one at the ends. */
static const token *token_at(const shrink *s, size_t i, int step) {
    if (step < 0 && i < (size_t)-step) return &no_token;
    i = step < 0 ? i - (size_t)-step : i + (size_t)step;
    return i < s->count ? &s->tokens[i] : &no_token;
}

static token *token_add(shrink *s, token_kind kind, const char *text, size_t len) {
    token *t = &s->tokens[s->count < SHRINK_TOKENS - 1 ? s->count : SHRINK_TOKENS - 1];

    memset(t, 0, sizeof *t);
    t->text = text;
    t->len = len;
    t->kind = kind;
    t->gap = s->gap;
    t->inside = s->depth ? s->open[s->depth - 1] : s->count;
    s->gap = 0;
    s->count++;
    return t;
}

/* ---- reading ---- */

/* Blanks and comments; CSS has no // of its own. */
static int read_gap(shrink *s, int has_lines) {
    while (s->at < s->end) {
        if (is_one_of(*s->at, " \t\r\n")) {
            if (*s->at == '\n' || !s->gap) s->gap = *s->at == '\n' ? '\n' : ' ';
            s->at++;
        } else if (has_lines && s->end - s->at > 1 && s->at[0] == '/' && s->at[1] == '/') {
            while (s->at < s->end && *s->at != '\n') s->at++;
        } else if (s->end - s->at > 1 && s->at[0] == '/' && s->at[1] == '*') {
            if (!s->gap) s->gap = ' ';
            for (s->at += 2; s->end - s->at > 1 && !(s->at[0] == '*' && s->at[1] == '/'); s->at++)
                if (*s->at == '\n') s->gap = '\n';
            if (s->end - s->at < 2) return 0;
            s->at += 2;
        } else {
            break;
        }
    }
    return 1;
}

/* Gives the end of a string that begins at text; NULL: it has none. */
static const char *string_end(const char *text, const char *end) {
    const char *c;

    for (c = text + 1; c < end && *c != *text && *c != '\n'; c++)
        if (*c == '\\' && c + 1 < end) c++;
    return c < end && *c == *text ? c + 1 : NULL;
}

static int open_bracket(shrink *s, char kind) {
    if (s->depth == SHRINK_DEPTH) return 0;
    s->tokens[s->count - 1].bracket = kind;
    s->open[s->depth++] = s->count - 1;
    return 1;
}

/* A template from its beginning, or from the } of an expression in it, to its end or the next ${. */
static int read_template(shrink *s) {
    const char *from = s->at;

    for (s->at++; s->at < s->end && *s->at != '`'; s->at++) {
        if (*s->at == '\\' && s->at + 1 < s->end) {
            s->at++;
        } else if (s->end - s->at > 1 && s->at[0] == '$' && s->at[1] == '{') {
            s->at += 2;
            token_add(s, TOKEN_QUOTED, from, (size_t)(s->at - from));
            return open_bracket(s, '$');
        }
    }
    if (s->at == s->end) return 0;
    s->at++;
    token_add(s, TOKEN_QUOTED, from, (size_t)(s->at - from));
    return 1;
}

static int read_regex(shrink *s) {
    const char *from = s->at;
    int is_class = 0;

    for (s->at++; s->at < s->end && *s->at != '\n' && (is_class || *s->at != '/'); s->at++) {
        if (*s->at == '[') is_class = 1;
        if (*s->at == ']') is_class = 0;
        if (*s->at == '\\' && s->at + 1 < s->end) s->at++;
    }
    if (s->at >= s->end || *s->at != '/') return 0;
    for (s->at++; s->at < s->end && is_word_char(*s->at); s->at++) continue;
    token_add(s, TOKEN_QUOTED, from, (size_t)(s->at - from));
    return 1;
}

/* Whether a slash behind the last token divides; -1: that is not certain. */
static int is_division(const shrink *s) {
    static const char *const before_operand[] = {"return", "typeof", "case", "in", "of", "delete", "void",
            "throw", "new", "instanceof", "do", "else", "yield", "await", NULL};
    const token *last = token_at(s, s->count, -1);
    char c = last->len ? last->text[last->len - 1] : 0;

    if (last->kind == TOKEN_WORD)
        return !is_any(last, before_operand) || is_text(token_at(s, s->count, -2), ".");
    if (last->kind == TOKEN_QUOTED) return last->bracket != '$';
    if (c == '}' || last->len == 2) return -1;
    return c == ')' ? s->tokens[last->partner].bracket != 'c' : c == ']';
}

/* What a { behind the last token begins. */
static char brace_kind(const shrink *s) {
    static const char *const blocks[] = {"else", "try", "finally", "do", NULL};
    static const char *const objects[] = {"return", "const", "let", "var", "throw", "yield", "await", "in",
            "of", "typeof", "new", "default", NULL};
    static const char *const modules[] = {"import", "export", NULL};
    const token *last = token_at(s, s->count, -1);

    if (is_any(last, modules)) return 'm';
    if (is_any(last, blocks)) return 'b';
    if (is_any(last, objects)) return 'o';
    if (last->kind == TOKEN_WORD) return 'k';
    if (is_text(last, ">") && is_text(token_at(s, s->count, -2), "=") && !last->gap) return 'b';
    return !last->len || is_one_of(last->text[0], ");}") || (is_text(last, "{") && last->bracket != 'o')
                   ? 'b'
                   : 'o';
}

static int close_bracket(shrink *s, char c) {
    size_t open;
    char kind;

    if (!s->depth) return 0;
    open = s->open[--s->depth];
    kind = s->tokens[open].bracket;
    if (c == '}' && kind == '$') {
        s->gap = 0;
        return read_template(s);
    }

    if (!is_one_of(kind, c == ')' ? "(c" : c == ']' ? "[" : "obkm")) return 0;
    token_add(s, TOKEN_MARK, s->at++, 1)->partner = open;
    s->tokens[open].partner = s->count - 1;
    return 1;
}

static int read_mark(shrink *s) {
    static const char *const control[] = {"if", "for", "while", "with", NULL};
    const token *last = token_at(s, s->count, -1);
    char c = *s->at, kind;
    int division;

    if (is_one_of(c, ")]}")) return close_bracket(s, c);
    if (c == '/') {
        division = is_division(s);
        if (division < 0) return 0;
        if (!division) return read_regex(s);
    }
    if (is_one_of(c, "([{")) {
        kind = c != '{' ? c : brace_kind(s);
        if (is_text(last, "await") && is_text(token_at(s, s->count, -2), "for"))
            last = token_at(s, s->count, -2);
        if (c == '(' && is_any(last, control) && !is_text(token_at(s, s->count, -2), ".")) kind = 'c';
        token_add(s, TOKEN_MARK, s->at++, 1);
        return open_bracket(s, kind);
    }
    token_add(s, TOKEN_MARK, s->at, (c == '+' || c == '-') && s->end - s->at > 1 && s->at[1] == c ? 2 : 1);
    s->at += s->tokens[s->count - 1].len;
    return 1;
}

static int read_tokens(shrink *s) {
    const char *from;
    int ok = 1;

    while (ok && (ok = read_gap(s, 1)) && s->at < s->end) {
        from = s->at;
        if (is_word_char(*from)) {
            while (s->at < s->end && is_word_char(*s->at)) s->at++;
            token_add(s, TOKEN_WORD, from, (size_t)(s->at - from));
        } else if (*from == '"' || *from == '\'') {
            s->at = string_end(from, s->end);
            if (!s->at) return 0;
            token_add(s, TOKEN_QUOTED, from, (size_t)(s->at - from));
        } else {
            ok = *from == '`' ? read_template(s) : read_mark(s);
        }
        if (s->count >= SHRINK_TOKENS) return 0;
    }
    return ok && !s->depth;
}

/* ---- names ---- */

/* Whether the word is what a member is called, where members begin. */
static int begins_member(const shrink *s, size_t i) {
    static const char *const before[] = {"async", "get", "set", "static", NULL};
    const token *last = token_at(s, i, -1), *in = &s->tokens[s->tokens[i].inside];

    if (in->bracket != 'o' && in->bracket != 'k') return 0;
    if (last == in || (in->bracket == 'o' && is_text(last, ","))) return 1;
    if (in->bracket == 'k') return last->kind == TOKEN_MARK && is_one_of(last->text[0], ";}*");
    return is_any(last, before) || is_text(last, "*") ? begins_member(s, i - 1) : 0;
}

static token_role role_of(const shrink *s, size_t i) {
    const token *t = &s->tokens[i], *next = token_at(s, i, 1);

    if (t->kind != TOKEN_WORD || (t->text[0] >= '0' && t->text[0] <= '9')) return ROLE_OTHER;
    if (is_text(token_at(s, i, -1), ".") && !is_text(token_at(s, i, -2), ".")) return ROLE_OTHER;
    if (s->tokens[t->inside].bracket == 'm') return ROLE_OTHER;
    if (!begins_member(s, i)) return ROLE_VARIABLE;
    return is_text(next, ",") || is_text(next, "}") || is_text(next, "=") ? ROLE_SHORTHAND : ROLE_OTHER;
}

static void name_add(shrink *s, const token *t) {
    static const char *const language[] = {"const", "let", "var", "function", "class", "async", "await", "of",
            "in", "from", "as", "get", "set", "static", "this", "new", "null", "true", "false", "undefined",
            "typeof", "instanceof", "void", "delete", "return", "yield", "arguments", "super", NULL};
    size_t i;

    if (is_any(t, language)) return;
    for (i = 0; i < s->name_count; i++)
        if (is_same(s->names[i].first, t)) return;
    if (s->name_count == SHRINK_NAMES) return;
    memset(&s->names[i], 0, sizeof s->names[i]);
    s->names[s->name_count++].first = t;
}

/* The names that a pattern or a list of parameters declares; what stands behind = are values. */
static void names_of_pattern(shrink *s, size_t from, size_t to) {
    size_t i, in;

    for (i = from; i < to; i++) {
        const token *t = &s->tokens[i];

        if (is_text(t, "=")) {
            for (in = t->inside;
                    i + 1 < to && !(s->tokens[i + 1].inside == in && is_text(&s->tokens[i + 1], ",")) &&
                    s->tokens[in].partner != i + 1;
                    i++)
                continue;
        } else if (t->role != ROLE_OTHER) {
            name_add(s, t);
        }
    }
}

/* Whether the parenthesis that opens there is one of parameters. */
static int has_parameters(const shrink *s, size_t i) {
    size_t close = s->tokens[i].partner;
    const token *next = token_at(s, close, 1);

    if (s->tokens[i].bracket != '(') return 0;
    if (is_text(next, "=") && is_text(token_at(s, close, 2), ">")) return 1;
    return is_text(next, "{") && next->bracket == 'b';
}

static int names_find(shrink *s) {
    static const char *const before[] = {"const", "let", "var", "function", "class", NULL};
    size_t i;

    for (i = 0; i < s->count; i++) {
        token *t = &s->tokens[i];
        const token *last = token_at(s, i, -1);
        int is_declared = is_any(last, before) && role_of(s, i - 1) == ROLE_VARIABLE;

        if (is_text(t, "switch") || is_text(t, "with") || is_text(t, "eval")) return 0;
        if (is_declared && t->role == ROLE_VARIABLE) name_add(s, t);
        if (is_declared && (t->bracket == 'o' || t->bracket == '[')) names_of_pattern(s, i + 1, t->partner);
        if (has_parameters(s, i)) names_of_pattern(s, i + 1, t->partner);
        if (t->role == ROLE_VARIABLE && is_text(token_at(s, i, 1), "=") && is_text(token_at(s, i, 2), ">") &&
                !token_at(s, i, 2)->gap)
            name_add(s, t);
    }
    return 1;
}

/* Names that others see, or that stand in import and export. */
static int is_public(const shrink *s, const token *name) {
    size_t i, k;

    for (i = 0; i < s->count; i++) {
        if (s->tokens[s->tokens[i].inside].bracket == 'm' && is_same(&s->tokens[i], name)) return 1;
        if (!is_text(&s->tokens[i], "export")) continue;
        for (k = 1; k <= 3; k++)
            if (is_same(token_at(s, i, (int)k), name)) return 1;
    }
    return 0;
}

static int by_gain(const void *a, const void *b) {
    const short_name *x = (const short_name *)a, *y = (const short_name *)b;

    if (x->gain != y->gain) return x->gain < y->gain ? 1 : -1;
    return x->first->text < y->first->text ? -1 : x->first->text > y->first->text;
}

/* The next name of one or two letters that stands nowhere in the file. */
static void next_name(const shrink *s, unsigned *number, char text[4]) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char *const taken[] = {"as", "do", "if", "in", "is", "of", NULL};
    enum { LETTERS = sizeof letters - 1 };
    token made = no_token;
    size_t i;

    do {
        text[0] = text[1] = text[2] = 0;
        text[0] = letters[*number % LETTERS];
        if (*number >= LETTERS) text[1] = letters[*number / LETTERS - 1];
        (*number)++;
        made.text = text;
        made.len = strlen(text);
        made.kind = TOKEN_WORD;
        for (i = 0; i < s->count && !is_same(&s->tokens[i], &made); i++) continue;
    } while (i < s->count || is_any(&made, taken));
}

static void names_choose(shrink *s) {
    unsigned number = 0;
    size_t i, k;

    for (i = 0; i < s->name_count; i++)
        for (k = 0; k < s->count; k++) {
            if (!is_same(&s->tokens[k], s->names[i].first)) continue;
            if (s->tokens[k].role != ROLE_OTHER) s->names[i].gain += (long)s->tokens[k].len - 1;
            if (s->tokens[k].role == ROLE_SHORTHAND) s->names[i].gain -= (long)s->tokens[k].len + 1;
        }
    qsort(s->names, s->name_count, sizeof s->names[0], by_gain);
    for (i = 0; i < s->name_count && s->names[i].gain > 0; i++)
        if (!is_public(s, s->names[i].first)) next_name(s, &number, s->names[i].text);
}

/* ---- writing ---- */

/* Whether a blank or line end between a and b can go. A line end ends a statement only where what follows
   cannot go on with it: it may go behind what needs more, and before what goes on. */
static int can_join(char a, char b, char gap) {
    if (is_word_char(a) && is_word_char(b)) return 0;
    if ((a == '+' || a == '-') && (b == '+' || b == '-')) return 0;
    if (a == '/' || b == '/') return gap == ' ' && a != b && a != '*' && b != '*' && a != '<';
    if (gap == ' ') return !(a == '<' && b == '!');
    return is_one_of(a, "{([,;:?=&|<>~^%*") || is_one_of(b, ")]},;:?=&|<>^%*.");
}

/* A comma before what closes a list, a semicolon before what closes a block; not one that is a statement. */
static int is_needless(const shrink *s, size_t i) {
    const token *last = token_at(s, i, -1), *next = token_at(s, i, 1);
    char c = last->len ? last->text[0] : 0;

    if (last->kind == TOKEN_MARK && is_one_of(c, "([{,;")) return 0;
    if (is_text(&s->tokens[i], ",")) return next->kind == TOKEN_MARK && is_one_of(next->text[0], ")]}");
    if (!is_text(&s->tokens[i], ";") || next->kind != TOKEN_MARK || next->text[0] != '}') return 0;
    if (c == ')') return s->tokens[last->partner].bracket != 'c';
    return !is_text(last, "else");
}

static void write_text(char *out, size_t *len, char gap, const char *text, size_t text_len) {
    if (gap && *len && !can_join(out[*len - 1], text[0], gap)) out[(*len)++] = gap;
    memcpy(out + *len, text, text_len);
    *len += text_len;
}

static size_t write_tokens(const shrink *s, char *out) {
    size_t len = 0, i, k;
    char gap = 0;

    for (i = 0; i < s->count; i++) {
        const token *t = &s->tokens[i];
        const char *name = t->role == ROLE_VARIABLE && is_text(t, "const") ? "let" : "";

        if (t->gap == '\n' || !gap) gap = t->gap;
        if (is_needless(s, i)) continue;
        for (k = 0; k < s->name_count && t->role != ROLE_OTHER; k++)
            if (is_same(s->names[k].first, t)) name = s->names[k].text;

        /* a number and the dot of a member, or a template's own text, stay apart as they were */
        if (!*name || t->role == ROLE_SHORTHAND) write_text(out, &len, gap, t->text, t->len);
        if (*name && t->role == ROLE_SHORTHAND) write_text(out, &len, 0, ":", 1);
        if (*name) write_text(out, &len, t->role == ROLE_SHORTHAND ? 0 : gap, name, strlen(name));
        gap = 0;
    }
    return len;
}

/* Gives the length; 0: it cannot be read. out has room for as much as the source. */
static size_t shrink_script(const char *text, size_t len, char *out) {
    static token tokens[SHRINK_TOKENS];
    static shrink s;
    size_t i;

    memset(&s, 0, sizeof s);
    s.at = text;
    s.end = text + len;
    s.tokens = tokens;
    if (!read_tokens(&s)) return 0;
    for (i = 0; i < s.count; i++) tokens[i].role = role_of(&s, i);
    if (names_find(&s)) names_choose(&s);
    return write_tokens(&s, out);
}

/* CSS: a blank before a colon or a bracket may join two selectors or words, so it stays. */
static size_t shrink_style(const char *text, size_t len, char *out) {
    const char *end;
    shrink s;
    size_t out_len = 0;

    memset(&s, 0, sizeof s);
    s.at = text;
    s.end = text + len;
    while (read_gap(&s, 0) && s.at < s.end) {
        if (s.gap && out_len && (is_one_of(out[out_len - 1], "{};:,>(") || is_one_of(*s.at, "{};,>)!")))
            s.gap = 0;
        if (s.gap && out_len) out[out_len++] = ' ';
        s.gap = 0;
        end = *s.at == '"' || *s.at == '\'' ? string_end(s.at, s.end) : s.at + 1;
        if (!end) return 0;
        if (*s.at == '}' && out_len && out[out_len - 1] == ';') out_len--;
        memcpy(out + out_len, s.at, (size_t)(end - s.at));
        out_len += (size_t)(end - s.at);
        s.at = end;
    }
    return s.at == s.end ? out_len : 0;
}
