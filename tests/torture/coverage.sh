#!/bin/bash
# Which lines of the headers `make test` runs. The programs are built with clang's coverage, every test is run by itself, and a line
# counts as run if it is in any of them, in any of the functions that it is a part of (>>lanes and the macros of >>simd are in
# many). Lines are those that clang makes code of here; blank ones, comments, directives and braces alone are none.
#     Kernels, which are >>simd up to its end and >>lanes, are counted apart: which of them run depends on the CPU, and the
#     figure of all others does not.
#     tests/torture/uncovered.txt has a line for each function with lines that no test runs: how many at most, and why. More of
#     them, or a function that isn't there, are failures; one that is there without need is told.
# In build/coverage stay: report (the lines that no test runs) and lines.TEST, lines.TEST.PROGRAM (those that a test runs itself,
# and in the programs that it starts), which tests/torture/mutation.sh reads.
#     BUILD=build JOBS=2      may be given as variables; SHORT=1 changes nothing: about 5 minutes of one core
set -u
cd "$(dirname "$0")/../.." || exit 1
mkdir -p "${BUILD:-build}" && out=$(cd "${BUILD:-build}" && pwd)/coverage || exit 1
JOBS=${JOBS:-$(nproc)}
unset MAKEFLAGS CFLAGS CC STB
passed=0 failed=0
check() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED: $2"; fi; }

tests=$(cd tests && echo test_*.c) tests=${tests//.c/}
mkdir -p "$out" && rm -rf "$out"/*.data "$out"/*.lcov "$out"/lines.* "$out"/raw "$out/of"
# shellcheck disable=SC2086
if ! make -j"$JOBS" all ${tests//test_/$out/test_} BUILD="$out" CC=clang CFLAGS="-O1 -fprofile-instr-generate -fcoverage-mapping" \
    >"$out/make.log" 2>&1; then
    tail "$out/make.log"
    echo "0 passed, 1 failed"
    exit 1
fi

# What stands for each line: "FILE LINE COUNT" of the headers.
counts() { llvm-cov export -format=lcov -skip-functions -instr-profile "$1" "$2" 2>/dev/null | tee "$3.lcov" | awk '
    /^SF:/ { file = $0; sub(/.*\//, "", file) }
    /^DA:/ && (file == "clip.h" || file == "clip_tokenizer.h") { split(substr($0, 4), at, ","); print file, at[1], at[2] }' \
    >"$3"; }
one() { # a test, and whatever programs it starts
    mkdir -p "$out/raw/$1" && chmod 1777 "$out/raw/$1" # some tests go on as somebody who is not root: a file for each process
    LLVM_PROFILE_FILE="$out/raw/$1/%m-%p.profraw" BUILD="$out" "$out/$1" >"$out/$1.log" 2>&1
    echo $? >"$out/$1.status"
    llvm-profdata merge -o "$out/$1.data" "$out/raw/$1/"*.profraw
    counts "$out/$1.data" "$out/$1" "$out/lines.$1"
    [ "$(find "$out/raw/$1" -name "*.profraw" | sed 's/.*\///; s/_.*//' | sort -u | wc -l)" -gt 1 ] || return 0
    for program in clip-convert bench $(cd examples && echo *.c); do
        program=${program%.c}
        counts "$out/$1.data" "$out/$program" "$out/lines.$1.$program"
        grep -q " [1-9][0-9]*$" "$out/lines.$1.$program" || rm "$out/lines.$1.$program" "$out/lines.$1.$program.lcov"
    done
}
running=0
for test in $tests; do
    one "$test" &
    running=$((running + 1))
    if [ $running -ge "$JOBS" ]; then wait -n && running=$((running - 1)); fi
done
wait
cat clip.h clip_tokenizer.h | cksum >"$out/of"
for test in $tests; do check "$(cat "$out/$test.status")" "$test: $(tail -n 1 "$out/$test.log")"; done

# A function that an object never runs is one region there, comments and what is left out included: its lines are taken from the
# objects that run it, if there is one.
awk -v report="$out/report" '
    FILENAME ~ /\.h$/ { # where functions begin, and which sections are kernels
        file = FILENAME
        if (FNR == 1) name = kernels = ""
        if ($0 ~ /^\/\/ ---- >>/) kernels = $0 ~ />>(simd|lanes)/
        if ($0 ~ /^#endif \/\/ of all vector units/) kernels = 0
        if ($0 ~ /^#define/) { name = $2; sub(/\(.*/, "", name) }
        else if ($0 ~ /^[A-Za-z_].*\(/ && match($0, /[A-Za-z_0-9]+\(/)) {
            rest = $0
            while (match(rest, /(__attribute__|CLIP__FOR_TARGET|CLIP__GEMM)\(/)) rest = substr(rest, RSTART + RLENGTH)
            if (match(rest, /[A-Za-z_0-9]+\(/)) name = substr(rest, RSTART, RLENGTH - 1)
        }
        of[file, FNR] = name; kernel[file, FNR] = kernels; text[file, FNR] = $0; length_of[file] = FNR
        next
    }
    FILENAME ~ /uncovered\.txt$/ {
        if ($0 !~ /^[a-z_]+\.h [A-Za-z_0-9]+ [0-9]+: ./) { if ($0 !~ /^(#|$)/) bad = bad "\n" $0; next }
        most[$1, $2] = $3 + 0
        next
    }
    FNR == 1 { object++ }
    { count[object, $1, $2] += $3; mapped[object, $1, $2] = 1; runs[object, $1, of[$1, $2]] += $3; all[$1, of[$1, $2]] += $3 }
    END {
        for (file in length_of) for (i = 1; i <= length_of[file]; i++) {
            if (text[file, i] ~ /^[ \t]*(\/\/.*|#(if|el|end|un|inc).*|[{}]+;?)?$/) continue
            is = hit = 0
            for (o = 1; o <= object; o++)
                if (((o, file, i) in mapped) && (runs[o, file, of[file, i]] || !all[file, of[file, i]]))
                    { is = 1; hit += count[o, file, i] }
            if (!is) continue
            kind = kernel[file, i] ? "kernels" : file
            lines[kind]++
            if (hit) covered[kind]++
            else {
                if (kind == file) { left[file, of[file, i]]++; name_of[file, of[file, i]] = file " " of[file, i] }
                printf "%s:%d: %s%s: %s\n", file, i, kind == file ? "" : "kernel ", of[file, i], text[file, i] >report
            }
        }
        for (at in left) if (left[at] > most[at] + 0)
            print "BAD " name_of[at] ": no test runs " left[at] " of its lines, uncovered.txt has " most[at] + 0
        for (at in most) if (!left[at]) { split(at, part, SUBSEP); print "NOTE " part[1] " " part[2] ": tests run all of its lines" }
        if (bad != "") print "BAD not understood:" bad
        for (kind in lines) printf "%s %d %d\n", kind, covered[kind], lines[kind]
    }' clip.h clip_tokenizer.h tests/torture/uncovered.txt $(ls "$out"/lines.test_* | grep -v "lcov$") >"$out/summary"
sort -o "$out/report" -t: -k1,1 -k2,2n "$out/report"
while read -r kind covered lines; do
    case $kind in
    NOTE) echo "uncovered.txt has without need: $covered $lines" ;;
    BAD) check 1 "$covered $lines" ;;
    kernels) echo "FIGURE lines of kernels (>>simd, >>lanes), counted apart since they depend on the CPU: $lines, of which $covered are run here, AMX emulated" ;;
    *)
        echo "FIGURE lines of $kind that make test runs: $(awk "BEGIN { printf \"%.2f %%\", 100 * $covered / $lines }"), $covered of $lines"
        check $((100 * covered < 95 * lines)) "$kind: fewer than 95 % of its lines are run"
        ;;
    esac
done <"$out/summary"
check "$(grep -c '^BAD' "$out/summary")" "tests/torture/uncovered.txt does not say what is so: $out/report has the lines"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
