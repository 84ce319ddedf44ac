#!/bin/sh
# Tests that help, manual pages and completion of the tool say the same, and that each shell takes what is written for it:
# tests/checks/tool_pages.sh build/akolhook. What needs a program that is not there is named as skipped.
. "$(dirname "$0")/tool_common.sh"

# every command, and its options as --help lists them
"$tool" --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p' | grep -v -x hub >commands
"$tool" hub --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/hub \1/p' | grep -v -x 'hub akolhook' >>commands
same "32 commands" "$(grep -c . commands)" 32
while read -r command; do
    # shellcheck disable=SC2086
    "$tool" help $command >page
    same "help $command" $? 0
    # shellcheck disable=SC2086
    "$tool" $command --help >flag
    if cmp -s page flag; then good; else bad "help $command and $command --help differ"; fi
    same "$command fits 100 columns" "$(awk 'length > 100' page)" ""
    sed -n "s/^  --\([a-z-]*\).*/$command --\1/p" page
done <commands >options
same "every command has --help" "$(grep -c -- '--help$' options)" 32
if [ "$(grep -c . options)" -gt 150 ]; then good; else bad "only $(grep -c . options) options"; fi
expect "help" 0 '^usage: akolhook COMMAND' "$tool" help
expect "help hub" 0 '^usage: akolhook hub COMMAND' "$tool" help hub
expect "help hub create" 0 '^usage: akolhook hub create' "$tool" help hub create

# ---- manual pages

"$tool" man >akolhook.1
"$tool" man hub >akolhook-hub.1
expect "a page that is none" 2 "not of 'frob'" "$tool" man frob
same "a command of its own for each" "$(grep -c '^\.Ss ' akolhook.1) $(grep -c '^\.Ss ' akolhook-hub.1)" "15 18"
sed -n 's/^\.Ss \(.*\)/=\1/p; s/^\.It Fl Fl \([a-z-]*\).*/\1/p' akolhook.1 | awk '/^=/ { c = substr($0, 2); next } { print c " --" $0 }' >of-man
sed -n 's/^\.Ss \(.*\)/=\1/p; s/^\.It Fl Fl \([a-z-]*\).*/\1/p' akolhook-hub.1 | awk '/^=/ { c = "hub " substr($0, 2); next } { print c " --" $0 }' >>of-man
if diff options of-man >out; then good; else bad "the pages have other options than --help: $(head -c 400 out)"; fi
if have mandoc "the manual pages under mandoc's lint"; then
    for page in akolhook.1 akolhook-hub.1; do
        same "mandoc -Tlint $page" "$(mandoc -Tlint -W style $page 2>&1 | grep -v 'referenced manual not found')" ""
        mandoc -Tascii $page | sed 's/.\x08//g' >text
        same "$page: nothing of it is lost" "$(tr -s ' \n' ' ' <text | grep -c -e 'akolhook-hub' -e 'akolhook(1)')" 1
    done
    mandoc -Tascii akolhook.1 | sed 's/.\x08//g' >text
    same "an example as it is typed" "$(grep -c '^ *akolhook trigger all --local$' text)" 1
    same "an option as it is typed" "$(grep -c '^ *--secret-file FILE' text)" 6
fi

# ---- bash

"$tool" completion bash >bash.completion
if have bash "completion in bash"; then
    same "bash reads it" "$(bash -n bash.completion 2>&1)" ""
    # offers WORD...: what is offered for the last word
    offers() {
        bash -c 'compopt() { :; }; . ./bash.completion || exit 2
            COMP_WORDS=(akolhook "$@") COMP_CWORD=$#; _akolhook; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>&1 | sort
    }
    same "bash: a command" "$(offers lis)" listen
    same "bash: a command of the hub" "$(offers hub red)" redeliver
    same "bash: all commands" "$(offers '' | grep -c .)" 15
    same "bash: the hub's" "$(offers hub '' | grep -c .)" 18
    same "bash: help" "$(offers help tri)" trigger
    same "bash: an option" "$(offers listen --fo)" --forward
    same "bash: no option of others" "$(offers sign --fo)" ""
    same "bash: an option of the hub" "$(offers hub create --hea)" --header
    same "bash: options behind others" "$(offers hub log --webhook whk_1 --cur)" --cursor
    same "bash: events" "$(offers trigger call.e)" call.ended
    same "bash: a value by words" "$(offers hub log --state de)" delivered
    same "bash: a value behind =" "$(offers hub log --state = de)" delivered
    same "bash: a value of one's own" "$(offers listen --port '')" ""
    same "bash: a value, not an option" "$(offers trigger call.ended --id --he)" ""
    same "bash: shells" "$(offers completion f)" fish
    mkdir folder && : >folder.txt
    same "bash: files" "$(offers sign --secret-file fold)" "folder
folder.txt"
    same "bash: folders" "$(offers listen --save fold)" folder
    same "bash: files as arguments" "$(offers verify folder.)" folder.txt
    while read -r command; do
        # shellcheck disable=SC2086
        offers $command -- | sed "s/^/$command /"
    done <commands >of-bash
    sort options >sorted
    sort of-bash >out
    if cmp -s sorted out; then good; else bad "bash offers other options than --help: $(diff sorted out | head -c 400)"; fi
fi

# ---- zsh

"$tool" completion zsh >_akolhook
if have zsh "completion in zsh"; then
    same "zsh reads it" "$(zsh -n _akolhook 2>&1)" ""
    expect "zsh finds it in its path" 0 '^_akolhook$' zsh -f -c 'fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; print $_comps[akolhook]'
    sed -n "s/^    '\([a-z ]*\)')$/=\1/p; s/^            '\*\{0,1\}--\([a-z-]*\)\[.*/\1/p" _akolhook | awk '/^=/ { c = substr($0, 2); next } { print c " --" $0 }' >of-zsh
    if diff options of-zsh >out; then good; else bad "zsh has other options than --help: $(head -c 400 out)"; fi
    if have python3 "typing in zsh"; then
        python3 - >zsh.log 2>&1 <<'PYTHON'
import os, pty, re, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="ready> ", HOME=os.getcwd())
    os.execvp("zsh", ["zsh", "-f", "-i"])
def wait_for(pattern):
    global seen
    end = time.monotonic() + 120
    while not re.search(pattern, seen):
        if time.monotonic() > end: return False
        if select.select([fd], [], [], 1)[0]:
            try: seen += os.read(fd, 65536).decode("utf-8", "replace")
            except OSError: return False
    return True
seen = ""
bad = 0
os.write(fd, b"unsetopt prompt_cr prompt_sp zle_bracketed_paste; PS1='ready> '; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; akolhook() { print \"GOT<$*>\" }; print set-up\n")
wait_for("set-up\r?\n")
for typed, want in (("akolhook lis\t", "listen"), ("akolhook listen --forw\t", "listen --forward"), ("akolhook hub redel\t", "hub redeliver"), ("akolhook hub log --state deliv\t", "hub log --state delivered"),
                    ("akolhook help trig\t", "help trigger"), ("akolhook trigger call.end\t", "trigger call.ended"), ("akolhook verify _akolh\t", "verify _akolhook")):
    seen = ""
    os.write(fd, typed.encode())
    is_there = wait_for(re.escape(want + " "))
    os.write(fd, b"\n")
    if not is_there or not wait_for(re.escape("GOT<%s>" % want)): bad += 1; print("FAIL zsh: %r gives %r" % (typed, seen)); break
os.kill(pid, 9)
os.waitpid(pid, 0)
print("done %d" % bad)
PYTHON
        same "typing in zsh" "$(cat zsh.log)" "done 0"
    fi
fi

# ---- fish

"$tool" completion fish >akolhook.fish
if have fish "completion in fish"; then
    export HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work"
    same "fish reads it" "$(fish -n akolhook.fish 2>&1)" ""
    # one fish for all lines: what it offers for each
    cat >lines <<'LINES'
akolhook lis
akolhook hub redel
akolhook listen --forw
akolhook hub log --state deliv
akolhook help trig
akolhook trigger call.end
akolhook hub create --hea
LINES
    fish --no-config -c 'source akolhook.fish; while read -l line; complete -C "$line" | cut -f1 | string join ,; end <lines' >out 2>&1
    same "fish" "$(tr '\n' ' ' <out)" "listen redeliver --forward delivered trigger call.ended --header "
    sed -n "s/^complete -c akolhook -n \"__akolhook_at '\([a-z ]*\)'\" -l '\([a-z-]*\)'.*/\1 --\2/p" akolhook.fish >of-fish
    if diff options of-fish >out; then good; else bad "fish has other options than --help: $(head -c 400 out)"; fi
fi

# ---- colours

if have python3 "colours on a terminal"; then
    python3 - "$tool" >out 2>&1 <<'PYTHON'
import os, pty, sys
def on_terminal(**more):
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    env.update(more)
    pid, fd = pty.fork()
    if pid == 0: os.execve(sys.argv[1], [sys.argv[1], "events"], env)
    out = b""
    try:
        while True:
            piece = os.read(fd, 65536)
            if not piece: break
            out += piece
    except OSError: pass
    os.waitpid(pid, 0)
    return b"\x1b[" in out
print(on_terminal(TERM="xterm"), on_terminal(), on_terminal(TERM="dumb"), on_terminal(TERM="xterm", NO_COLOR="1"), on_terminal(TERM="xterm", NO_COLOR=""))
PYTHON
    same "colours: a terminal, an unnamed one, a dumb one, NO_COLOR, an empty NO_COLOR" "$(cat out)" "True True False False True"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
