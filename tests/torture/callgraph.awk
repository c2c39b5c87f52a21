# Reads LLVM's IR of a program (clang -S -emit-llvm) and writes its call graph, a line "caller callee" for each edge between
# functions of the program, with each function's edge to what it may call
#     by name,
#     through a pointer: every function of the program whose parameters have the types of the call's arguments,
#     by handing it on: every function whose name is among the arguments of a call (a thread, the caller's own loop).
# A line "? ..." is a call that was not understood.

# The part of s before the first blank that is not inside brackets: an argument's type.
function type_of(s,    i, c, depth) {
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (index("([{<", c)) depth++
        else if (index(")]}>", c)) depth--
        else if (c == " " && !depth && substr(s, i + 1, 1) != "(") return substr(s, 1, i - 1)
    }
    return s
}
function types_of(list,    i, c, depth, part, out) {
    list = list ","
    for (i = 1; i <= length(list); i++) {
        c = substr(list, i, 1)
        if (index("([{<", c)) depth++
        else if (index(")]}>", c)) depth--
        if (c == "," && !depth) {
            sub(/^ +/, "", part)
            out = out "," type_of(part)
            part = ""
        } else part = part c
    }
    return out
}
# What is between the parenthesis at s[at] and the one that closes it.
function inside(s, at,    i, c, depth) {
    for (i = at; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "(") depth++
        else if (c == ")" && !--depth) return substr(s, at + 1, i - at - 1)
    }
    return ""
}
/^define / {
    match($0, /@[A-Za-z0-9_.]+\(/)
    name = substr($0, RSTART + 1, RLENGTH - 2)
    types[name] = types_of(inside($0, RSTART + RLENGTH - 1))
    next
}
/^}/ { name = "" }
name != "" && /(^| )call / {
    if (/ asm /) next
    if (!match($0, /[@%][A-Za-z0-9_.]+\(/)) {
        print "? " $0
        next
    }
    callee = substr($0, RSTART, RLENGTH - 1)
    arguments = inside($0, RSTART + RLENGTH - 1)
    if (callee ~ /^@llvm\./) next
    if (callee ~ /^@/) edge[name " " substr(callee, 2)]
    else pointer[name " " types_of(arguments)]
    while (match(arguments, /@[A-Za-z0-9_.]+/)) {
        edge[name " " substr(arguments, RSTART + 1, RLENGTH - 1)]
        arguments = substr(arguments, RSTART + RLENGTH)
    }
}
END {
    for (e in edge) {
        split(e, part, " ")
        if (part[2] in types) print e
    }
    for (p in pointer) {
        name = p
        sub(/ .*/, "", name)
        for (f in types) if (name " " types[f] == p) print name, f
    }
}
