# man.awk - a manual page, section 1, of a program's own words: the first comment of its source (what it is, and commands to
# try), and its --help, whose form is
#     PROGRAM ARGUMENTS   what that does     lines of usage; more of what it does stands far to the right
#                                            an empty line, and then
#     Heading                                of options, or of nothing
#       --option VALUE    what it is for     continued in lines with a wider margin; a blank and a word are text
#     any sentences                          and last
#     Exit status: 0 success, ...
#
#     build/search --help | awk -v program=search -v name=clip-search -v version=1.0.0 -f tools/man.awk examples/search.c -

# What roff would take for its own: backslashes, a dot or a quote that begins a line, and hyphens, which are to be copied.
function clean(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.']/ ? "\\&" text : text
}

# The program's own name becomes the one that it is installed by.
function named(text) {
    if (index(text, program " ") == 1) text = name substr(text, length(program) + 1)
    gsub("[|] " program " ", "| " name " ", text)
    return text
}

# Words that are typed as they are stand out.
function bold(text, parts, n, k, out) {
    n = split(clean(text), parts, " ")
    for (k = 1; k <= n; k++) {
        if (parts[k] ~ /^\[?\\-/ || (k == 1 && parts[k] == clean(name))) sub(/[^[].*[^],]|[^[]/, "\\fB&\\fR", parts[k])
        out = out (k > 1 ? " " : "") parts[k]
    }
    return out
}

function section(title) { print ".SH " title; part = title; begun = 1 }
function paragraph() { if (!begun) print ".PP"; begun = 1 }

FNR == 1 { file++; part = file == 1 ? "comment" : "" }

file == 1 && !/^\/\// { part = "" }
file == 1 && part == "" { next }
file == 1 && /^\/\/     / { examples = examples (last ? (examples ? ".PP\n" : "") ".nf\n" : "") clean(named(substr($0, 8))) "\n"; last = 0; next }
file == 1 && /^\/\/$/ { what_is_whole = 1; if (!last && examples) examples = examples ".fi\n"; last = 1; next }
file == 1 { if (!what_is_whole) what = what (what ? " " : "") substr($0, 4); next }

file == 2 && FNR == 1 {
    sub(/^[^ ]* - /, "", what)
    sub(/\. .*|\.$/, "", what)
    print ".TH " toupper(name) " 1 \"\" \"clip.h " version "\" \"clip.h\""
    print ".nh" # no hyphens that are not there
    section("NAME")
    print clean(name) " \\- " clean(what)
    section("SYNOPSIS")
}
/^$/ && part == "SYNOPSIS" { section("DESCRIPTION"); next }
part == "SYNOPSIS" && /^ / { sub(/^ +/, ""); print clean($0); next }
part == "SYNOPSIS" {
    usage = named($0)
    i = match(usage, /   *[^ ]/)
    print ".TP\n" bold(i ? substr(usage, 1, i - 1) : usage)
    if (i) print clean(substr(usage, i + RLENGTH - 1))
    next
}
/^$/ { begun = 0; item = 0; next }
/^Exit status: / { section("EXIT STATUS"); sub(/^Exit status: /, "") }
/^[A-Z][a-z ]*$/ { print ".SS " $0; begun = 1; item = 0; next }
/^   / && item { sub(/^ +/, ""); print clean($0); next }
/^  (-|[^ ]+  )/ { # an option
    sub(/^ +/, "")
    i = match($0, /   *[^ ]/)
    print ".TP\n" bold(i ? substr($0, 1, i - 1) : $0)
    if (i) print clean(substr($0, i + RLENGTH - 1))
    item = 1
    begun = 0
    next
}
{ sub(/^ +/, ""); paragraph(); item = 0; print clean($0) }

END {
    if (examples) section("EXAMPLES")
    printf "%s%s", examples, last ? "" : ".fi\n"
    section("SEE ALSO")
    sub(name "[(]1[)](, )?", "", see) # the others
    sub(/, $/, "", see)
    print clean(see)
}
