/* Manual pages and shell completion, made from the tables of tool_table.h. */
#ifndef TOOL_PAGES_H
#define TOOL_PAGES_H

/* ---- what stands behind an option or a command ---- */

typedef enum place { NOTHING, FILES, FOLDERS, EVENT_NAMES, WORDS } place;

/* By the words of option.value and command.args. */
static const struct {
    const char *word;
    place place;
    const char *words;
} places[] = {
        {"FILE", FILES, NULL},
        {"CERT", FILES, NULL},
        {"COMMAND", FILES, NULL},
        {"DIR", FOLDERS, NULL},
        {"NAMES", EVENT_NAMES, NULL},
        {"EVENT", EVENT_NAMES, NULL},
        {"STATE", WORDS, "waiting delivered failed cancelled dropped"},
        {"CLASS", WORDS, "2xx 3xx 4xx 5xx none"},
        {"bash", WORDS, "bash zsh fish"},
        {"[hub]", WORDS, "hub"},
};

/* The first of its words that is known; NULL: none is. */
static place place_of(const char *text, const char **words) {
    size_t i;

    *words = NULL;
    for (i = 0; text && i < COUNT_OF(places); i++) {
        *words = places[i].words;
        if (strstr(text, places[i].word)) return places[i].place;
    }
    return NOTHING;
}

static place place_of_args(const command *c, const char **words) {
    *words = NULL;
    return c->bit == HELP ? NOTHING : place_of(c->args, words);
}

static void put_event_names(void) {
    int i;

    fputs("all call.* content.* resource.*", stdout);
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) printf(" %s", akolhook_event_name((akolhook_event)i));
}

static void put_names(const command *commands, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) printf("%s%s", i ? " " : "", commands[i].name);
}

/* Calls put for every command, those of the hub with "hub " before their names. */
static void each_command(void (*put)(const command *c, const char *name)) {
    char name[32];
    size_t i;

    for (i = 0; i < COUNT_OF(command_table); i++)
        if (command_table[i].run) put(&command_table[i], command_table[i].name);
    for (i = 0; i < COUNT_OF(hub_table); i++) {
        snprintf(name, sizeof name, "hub %s", hub_table[i].name);
        put(&hub_table[i], name);
    }
}

/* Text within single quotes of a shell; what fish and zsh read as a mark gets a backslash. */
static void put_quoted(const char *text, const char *marks) {
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            printf(strchr(marks, *text) ? "\\%c" : "%c", *text);
    }
}

#define SHORT_MAX 56 /* columns; zsh shows a list instead of completing where a line would not fit */

/* The beginning of a help text, up to where its first part ends. */
static void put_short(const char *text, const char *marks) {
    char part[SHORT_MAX + 1];
    size_t len = strcspn(text, ":;(");
    const char *sentence = strstr(text, ". ");

    if (sentence && (size_t)(sentence - text) < len) len = (size_t)(sentence - text);
    if (len > SHORT_MAX)
        for (len = SHORT_MAX; len > 0 && text[len] != ' '; len--) continue;
    while (len > 0 && strchr(" ,", text[len - 1])) len--;
    memcpy(part, text, len);
    part[len] = '\0';
    put_quoted(part, marks);
}

/* ---- bash ---- */

static void bash_options(const command *c, place wanted, const char *variable) {
    const char *words;
    size_t i;

    printf(" %s='", variable);
    for (i = 0; i < COUNT_OF(option_table); i++) {
        const option *o = &option_table[i];
        if (!(o->commands & c->bit)) continue;
        if (wanted == NOTHING || (o->value && place_of(o->value, &words) == wanted)) printf(" --%s", o->name);
    }
    fputs(" '", stdout);
}

static void bash_command(const command *c, const char *name) {
    const char *words, *each_words;
    place args = place_of_args(c, &words);
    size_t i;

    printf("    '%s')\n       ", name);
    bash_options(c, NOTHING, "options");
    bash_options(c, FILES, "files");
    bash_options(c, FOLDERS, "folders");
    bash_options(c, EVENT_NAMES, "named");
    fputs("\n        values='", stdout);
    for (i = 0; i < COUNT_OF(option_table); i++)
        if ((option_table[i].commands & c->bit) && option_table[i].kind != FLAG)
            printf(" --%s", option_table[i].name);
    printf(" ' args=%s\n", args == FILES ? "files" : args == EVENT_NAMES ? "events" : "words");
    if (args == WORDS) printf("        words='%s'\n", words);
    if (c->bit == HELP) {
        fputs("        words='", stdout);
        put_names(command_table, COUNT_OF(command_table));
        fputs("'\n", stdout);
    }
    for (i = 0; i < COUNT_OF(option_table); i++) {
        const option *o = &option_table[i];
        if ((o->commands & c->bit) && place_of(o->value, &each_words) == WORDS)
            printf("        [[ $prev == --%s ]] && { values= words='%s' cur_is_word=1; }\n", o->name,
                    each_words);
    }
    fputs("        ;;\n", stdout);
}

static void bash_completion(void) {
    fputs("# bash completion for akolhook; written by akolhook completion bash\n"
          "_akolhook_offer() {\n"
          "    local line\n"
          "    COMPREPLY=()\n"
          "    while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen \"$@\")\n"
          "}\n"
          "_akolhook() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev= command= word i cur_is_word=\n"
          "    local options= files= folders= named= values= args=words words=\n"
          "    COMPREPLY=()\n"
          "    # --name=VALUE is three words here\n"
          "    if [[ $cur == = ]]; then cur= prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    elif ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then "
          "prev=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    elif ((COMP_CWORD > 1)); then prev=${COMP_WORDS[COMP_CWORD-1]}; fi\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        word=${COMP_WORDS[i]}\n"
          "        [[ $word == -* ]] && continue\n"
          "        command=\"${command:+$command }$word\"\n"
          "        [[ $command == hub ]] || break   # which has commands of its own\n"
          "    done\n"
          "    case $command in\n"
          "    '') options=' --help --version ' words='",
            stdout);
    put_names(command_table, COUNT_OF(command_table));
    fputs("' ;;\n    hub) options=' --help ' words='", stdout);
    put_names(hub_table, COUNT_OF(hub_table));
    fputs("' ;;\n", stdout);
    each_command(bash_command);
    fputs("    esac\n"
          "    if [[ $files == *\" $prev \"* ]]; then compopt -o filenames; _akolhook_offer -f -- \"$cur\"\n"
          "    elif [[ $folders == *\" $prev \"* ]]; then compopt -o filenames; _akolhook_offer -d -- "
          "\"$cur\"\n"
          "    elif [[ $named == *\" $prev \"* ]]; then args=events; cur_is_word=1\n"
          "    elif [[ $values == *\" $prev \"* ]]; then return\n"
          "    elif [[ -z $cur_is_word && $cur == -* ]]; then _akolhook_offer -W \"$options\" -- \"$cur\"\n"
          "    else cur_is_word=1; fi\n"
          "    [[ -n $cur_is_word && ${#COMPREPLY[@]} == 0 ]] || return\n"
          "    case $args in\n"
          "    files) compopt -o filenames; _akolhook_offer -f -- \"$cur\" ;;\n"
          "    events) _akolhook_offer -W '",
            stdout);
    put_event_names();
    fputs("' -- \"$cur\" ;;\n"
          "    *) _akolhook_offer -W \"$words\" -- \"$cur\" ;;\n"
          "    esac\n"
          "}\n"
          "complete -F _akolhook akolhook\n",
            stdout);
}

/* ---- zsh ---- */

#define ZSH_MARKS "\\[]:"

static void zsh_place(place where, const char *words) {
    if (where == FILES) fputs("_files", stdout);
    if (where == FOLDERS) fputs("_files -/", stdout);
    if (where == EVENT_NAMES) fputs("_akolhook_events", stdout);
    if (where == WORDS) printf("(%s)", words);
    if (where == NOTHING) fputs("()", stdout);
}

static void zsh_option(const option *o) {
    const char *words;
    place where = place_of(o->value, &words);

    printf(" \\\n            '%s--%s[", o->kind == LIST ? "*" : "", o->name);
    put_short(o->help, ZSH_MARKS);
    putchar(']');
    if (o->kind != FLAG) {
        fputs(":", stdout);
        put_quoted(o->value, ZSH_MARKS "'");
        fputs(":", stdout);
        zsh_place(where, words);
    }
    if (o->kind == PAIR) fputs(":KEY:_files", stdout);
    putchar('\'');
}

static void zsh_command(const command *c, const char *name) {
    const char *words;
    place args = place_of_args(c, &words);
    size_t i;

    printf("    '%s')\n        _arguments", name);
    for (i = 0; i < COUNT_OF(option_table); i++)
        if (option_table[i].commands & c->bit) zsh_option(&option_table[i]);
    fputs(" \\\n            '*: :", stdout);
    if (c->bit == HELP)
        fputs("_akolhook_commands", stdout);
    else
        zsh_place(args, words);
    fputs("' ;;\n", stdout);
}

static void zsh_names(const char *function, const command *commands, size_t count) {
    size_t i;

    printf("%s() {\n    local -a commands\n    commands=(\n", function);
    for (i = 0; i < count; i++) {
        printf("        '%s:", commands[i].name);
        put_quoted(commands[i].summary, ZSH_MARKS);
        fputs("'\n", stdout);
    }
    fputs("    )\n    _describe -t commands command commands\n}\n", stdout);
}

static void zsh_completion(void) {
    fputs("#compdef akolhook\n# zsh completion for akolhook; written by akolhook completion zsh\n", stdout);
    zsh_names("_akolhook_commands", command_table, COUNT_OF(command_table));
    zsh_names("_akolhook_hub", hub_table, COUNT_OF(hub_table));
    fputs("_akolhook_events() {\n    local -a names\n    names=(${(s. .):-'", stdout);
    put_event_names();
    fputs("'})\n    compadd -a names\n}\n"
          "_akolhook() {\n"
          "    local command=$words[2]\n"
          "    if (( CURRENT == 2 )); then _akolhook_commands; return; fi\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    if [[ $command == hub ]]; then\n"
          "        if (( CURRENT == 2 )); then _akolhook_hub; return; fi\n"
          "        command=\"hub $words[2]\"\n"
          "        shift words\n"
          "        (( CURRENT-- ))\n"
          "    fi\n"
          "    case $command in\n",
            stdout);
    each_command(zsh_command);
    fputs("    esac\n}\n"
          "if [[ $funcstack[1] == _akolhook ]]; then _akolhook \"$@\"; else compdef _akolhook akolhook; fi\n",
            stdout);
}

/* ---- fish ---- */

#define FISH_MARKS "\\"

static void fish_line(const char *at, const char *rest) {
    printf("complete -c akolhook -n \"__akolhook_at '%s'\" %s", at, rest);
}

static void fish_names(const char *at, const command *commands, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        fish_line(at, "");
        printf("-a '%s' -d '", commands[i].name);
        put_quoted(commands[i].summary, FISH_MARKS);
        puts("'");
    }
}

static void fish_place(place where, const char *words) {
    if (where == FILES) fputs(" -F", stdout);
    if (where == FOLDERS) fputs(" -a '(__fish_complete_directories)'", stdout);
    if (where == EVENT_NAMES) fputs(" -a '(__akolhook_events)'", stdout);
    if (where == WORDS) printf(" -a '%s'", words);
}

static void fish_command(const command *c, const char *name) {
    const char *words;
    place where = place_of_args(c, &words);
    size_t i;

    if (c->bit == HELP) fish_names(name, command_table, COUNT_OF(command_table));
    if (where != NOTHING) {
        fish_line(name, "");
        fish_place(where, words);
        puts("");
    }
    for (i = 0; i < COUNT_OF(option_table); i++) {
        const option *o = &option_table[i];

        if (!(o->commands & c->bit)) continue;
        fish_line(name, "");
        printf("-l '%s'%s", o->name, o->kind == FLAG ? "" : " -x");
        where = place_of(o->value, &words);
        /* -x offers nothing but what -a names; files need -r alone */
        if (where == FILES)
            printf(" -a '(__fish_complete_path)'");
        else
            fish_place(where, words);
        fputs(" -d '", stdout);
        put_short(o->help, FISH_MARKS);
        puts("'");
    }
}

static void fish_completion(void) {
    fputs("# fish completion for akolhook; written by akolhook completion fish\n"
          "function __akolhook_at\n"
          "    set -l words (commandline -opc)\n"
          "    set -e words[1]\n"
          "    set -l at\n"
          "    for word in $words\n"
          "        string match -q -- '-*' $word; and continue\n"
          "        set -a at $word\n"
          "        test \"$at\" = hub; or break\n"
          "    end\n"
          "    test \"$at\" = \"$argv\"\n"
          "end\n"
          "function __akolhook_events\n"
          "    string split ' ' -- '",
            stdout);
    put_event_names();
    fputs("'\nend\ncomplete -c akolhook -f\n", stdout);
    fish_line("", "-l version -d 'the version'\n");
    fish_names("", command_table, COUNT_OF(command_table));
    fish_names("hub", hub_table, COUNT_OF(hub_table));
    each_command(fish_command);
}

static int run_completion(void) {
    if (strcmp(opt.args[0], "bash") == 0)
        bash_completion();
    else if (strcmp(opt.args[0], "zsh") == 0)
        zsh_completion();
    else if (strcmp(opt.args[0], "fish") == 0)
        fish_completion();
    else
        return usage_error("there is completion for bash, zsh and fish, not for '%s'", opt.args[0]);
    return YES;
}

/* ---- manual pages (mdoc) ---- */

#define PAGE_DATE "November 30, 2026" /* of the last change of the tables */

#define MAN_WIDTH 78

/* A word for roff: no line of it may begin with a dot or a quote, a backslash is written as \e, and the two
   dashes of an option stay two. */
static size_t man_word(const char *word, size_t len, int begins_line) {
    size_t i, written = 0;

    if (begins_line && (*word == '.' || *word == '\'')) written += (size_t)printf("\\&");
    for (i = 0; i < len; i++) {
        const int is_double =
                word[i] == '-' && ((i + 1 < len && word[i + 1] == '-') || (i > 0 && word[i - 1] == '-'));

        if (word[i] == '\\')
            written += (size_t)printf("\\e");
        else
            written += (size_t)printf(is_double ? "\\%c" : "%c", word[i]);
    }
    return written;
}

/* Running text, wrapped; a sentence ends a line of the source. */
static void man_text(const char *text, size_t len) {
    size_t column = 0, word;

    while (len > 0) {
        for (word = 0; word < len && text[word] != ' '; word++) continue;
        if (column > 0 && column + 1 + word > MAN_WIDTH) {
            puts("");
            column = 0;
        }
        if (column > 0) column += (size_t)printf(" ");
        column += man_word(text, word, column == 0);
        if (word > 1 && text[word - 1] == '.' && text[word - 2] != '.' && word < len) {
            puts("");
            column = 0;
        }
        text += word;
        len -= word;
        for (; len > 0 && *text == ' '; len--) text++;
    }
    puts("");
}

static void man_literal(const char *text, size_t len) {
    (void)man_word(text, len, 1);
    puts("");
}

static void man_paragraphs(const char *text) {
    int in_example = 0;

    for (;;) {
        size_t len = strcspn(text, "\n");
        const int is_example = *text == ' ';

        if (is_example && !in_example) fputs(".Bd -literal -offset indent\n", stdout);
        if (!is_example && in_example) fputs(".Ed\n.Pp\n", stdout);
        if (is_example)
            man_literal(text + 2, len - 2);
        else
            man_text(text, len);
        in_example = is_example;
        if (!text[len]) break;
        text += len + 1;
        if (!in_example && *text != ' ') fputs(".Pp\n", stdout);
    }
    if (in_example) fputs(".Ed\n", stdout);
}

static void man_options(uint64_t bit) {
    size_t i;

    fputs(".Bl -tag -width Ds\n", stdout);
    for (i = 0; i < COUNT_OF(option_table); i++) {
        const option *o = &option_table[i];

        if (!(o->commands & bit)) continue;
        printf(".It Fl Fl %s", o->name);
        if (o->value) printf(" Ar %s", o->value);
        puts("");
        man_text(o->help, strlen(o->help));
    }
    fputs(".El\n", stdout);
}

static void man_command(const command *c, const char *before) {
    if (!c->run) {
        printf(".Ss %s\nRuns a sender; see\n.Xr akolhook-hub 1 .\n", c->name);
        return;
    }
    printf(".Ss %s\n.D1 Nm akolhook %s%s", c->name, before, c->name);
    if (*c->args) printf(" Ar %s", c->args);
    printf(" Op Ar option ...\n.Pp\nTo %s.\n", c->summary);
    man_paragraphs(c->more);
    man_options(c->bit);
}

static void man_environment(int is_hub) {
    fputs(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n", stdout);
    if (is_hub)
        fputs(".It Ev AKOLHOOK_STORE\nthe store, where there is no\n.Fl Fl store\n"
              ".It Ev AKOLHOOK_BUSINESS\nthe business, where there is no\n.Fl Fl business\n",
                stdout);
    else
        fputs(".It Ev AKOLHOOK_SECRET\nthe secret, where there is neither\n.Fl Fl secret\nnor\n"
              ".Fl Fl secret-file\n",
                stdout);
    fputs(".It Ev NO_COLOR , TERM\nno colours when the first is not empty, or the second is dumb\n.El\n",
            stdout);
}

/* man [hub] */
static int run_man(void) {
    const int is_hub = opt.arg_count == 1;
    const command *commands = is_hub ? hub_table : command_table;
    size_t i, count = is_hub ? COUNT_OF(hub_table) : COUNT_OF(command_table);

    if (is_hub && strcmp(opt.args[0], "hub") != 0)
        return usage_error("there are the pages of akolhook and of akolhook hub, not of '%s'", opt.args[0]);
    printf(".Dd %s\n.Dt AKOLHOOK%s 1\n.Os\n.Sh NAME\n.Nm akolhook%s\n.Nd %s\n", PAGE_DATE,
            is_hub ? "-HUB" : "", is_hub ? "-hub" : "",
            is_hub ? "a sender of webhooks from the command line" : "Akol's webhooks from the command line");
    printf(".Sh SYNOPSIS\n.Nm akolhook%s\n.Ar command\n.Op Ar option ...\n.Sh DESCRIPTION\n",
            is_hub ? " hub" : "");
    if (is_hub)
        man_paragraphs(about_hub);
    else
        man_paragraphs("Receives, verifies, explains, signs and sends Akol's webhooks, and keeps those of a "
                       "sender.");
    if (!is_hub) {
        puts(".Pp");
        man_paragraphs(about_secrets);
    }
    puts(".Sh COMMANDS");
    for (i = 0; i < count; i++) man_command(&commands[i], is_hub ? "hub " : "");
    man_environment(is_hub);
    puts(".Sh EXIT STATUS\n0: yes; 1: no; 2: wrong usage, or a file or the output\n"
         "that cannot be read or written.");
    printf(".Sh SEE ALSO\n.Xr %s 1\n", is_hub ? "akolhook" : "akolhook-hub");
    return YES;
}

#endif
