# Makes the table of user/help.c from the sources of programs: for each a line
#     HELP(what, "name", "arguments", "what it does")
# `what` is PROGRAM, and the texts are from the first sentence of the comment at
# the top of user/NAME.c, or of a file of user/NAME/, or the same in user/bin/,
#     NAME [ARGUMENTS]: what it does.
# which must be on one line.  A program without it has empty texts.  The shell's
# own commands are BUILTIN and have such a comment before the function.

function quoted(text) {
    gsub(/["\\]/, "\\\\&", text)
    return "\"" text "\""
}

# Whether `line` is about `name`; then `arguments` and `text` are set.
function says(line, name,    colon) {
    sub(/^[ \/]*\*?[ \/]*/, "", line)
    if (line !~ "^" name "( [^:]*)?: .*\\.( |$)")
        return 0
    colon = index(line, ": ")
    arguments = substr(line, length(name) + 2, colon - length(name) - 2)
    text = substr(line, colon + 2)
    match(text, /\.( |$)/)
    text = substr(text, 1, RSTART - 1)
    return 1
}

function row(what, name) {
    printf "HELP(%s, %s, %s, %s)\n", what, quoted(name), quoted(arguments), \
        quoted(text)
    arguments = text = ""
}

FNR == 1 {
    split(FILENAME, path, "/")
    program = path[2] == "bin" ? path[3] : path[2]
    sub(/\.c$/, "", program)
    programs[program] = programs[program]
}

FNR <= 20 && !(program in found) && says($0, program) {
    found[program] = 1
    row("PROGRAM", program)
}

FILENAME == "user/sh/builtin.c" && /^\/\* / { comment = $0 }

FILENAME == "user/sh/builtin.c" && /^static int builtin_[a-z]+\(char/ {
    name = $0
    sub(/^static int builtin_/, "", name)
    sub(/\(.*/, "", name)
    says(comment, name)
    row("BUILTIN", name)
}

END {
    for (program in programs)
        if (!(program in found))
            row("PROGRAM", program)
}
