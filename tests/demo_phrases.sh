#!/bin/sh
# demo_phrases.sh EMOJI MODEL.clip - asks for the phrases of demo_phrases.tsv (a phrase, a tab, the code points of all emoji that
# fit; both written down before any model was asked, and no phrase is a name or a keyword of CLDR's) and counts those that
# have a fitting one among their first 5 answers. Names the others, with what came instead.
set -eu
phrases=$(dirname "$0")/demo_phrases.tsv
cut -f 1 "$phrases" | "$1" "$2" -k 5 | LC_ALL=C awk -F '\t' '
    function byte(b) { return sprintf("%c", b) }
    function utf8(c) {
        if (c < 128) return byte(c)
        if (c < 2048) return byte(192 + int(c / 64)) byte(128 + c % 64)
        if (c < 65536) return byte(224 + int(c / 4096)) byte(128 + int(c / 64) % 64) byte(128 + c % 64)
        return byte(240 + int(c / 262144)) byte(128 + int(c / 4096) % 64) byte(128 + int(c / 64) % 64) byte(128 + c % 64)
    }
    function number(hex,   i, v) {
        for (i = 1; i <= length(hex); i++) v = v * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
        return v
    }
    function characters(codes,   part, n, i, text) {
        n = split(codes, part, "-")
        for (i = 1; i <= n; i++) text = text utf8(number(part[i]))
        return text
    }
    NR == FNR { phrase[++asked] = $1; fits[asked] = $2; next } # the phrases; then the answers, from stdin
    FNR == 1 { at = 1 }
    $0 == "" { # the end of an answer
        n = split(fits[at], codes, " ")
        for (i = 1; i <= n; i++) if (characters(codes[i]) in answer) break
        if (i <= n) good++
        else missed = missed "\n    " phrase[at] ":" answers
        split("", answer)
        answers = ""
        at++
        next
    }
    {
        split($0, field, "  +")
        if (field[1] == "") for (i = 1; i < 4; i++) field[i] = field[i + 1] # a score below 10 has a blank before it
        name = field[3]
        gsub(/\357\270\217/, "", field[2]) # U+FE0F asks for colours and is no part of the emoji
        answer[field[2]] = 1
        answers = answers (answers == "" ? " " : ", ") name
    }
    END {
        if (at != asked + 1) { print "demo_phrases.sh: " at - 1 " answers to " asked " phrases"; exit 1 }
        print good + 0 " of " asked " phrases have a fitting emoji among the first 5; the others:" missed
    }' "$phrases" -
