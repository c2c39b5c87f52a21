#!/bin/bash
# Whether `make test` notices when the headers are wrong: one change at a time (tests/torture/mutate.c makes them: another
# operator, a bound that is one off, a constant more by 1 or 0, a statement left out, a return of 0 ...) in lines that are compiled
# here, chosen by SEED, and the tests that run the line.
#     MUTANTS=500 SEED=1     how many changes, and which; what is known of a change already is not tried again, so that more of
#                            them, or the same once more after it was broken off, go on where it stopped
#     AGAIN=1                those that were not noticed are tried again, after tests were added
#     BUILD=build            results are in build/mutation/: seed-SEED.txt, a line each, and survivors-SEED.txt
#     SHORT=1                20 changes
# A change counts if it compiles and makes other machine code (gcc -O1) in a program that runs its line. It is noticed if one of
# the tests fails, crashes or takes five times as long. tests/torture/equivalent.txt has changes that no test can notice, since
# what the header does stays the same, each with the reason; those do not count either. At least 90 % of the rest are to be noticed.
# The programs that tests start are made anew only for lines that no test runs itself. What a test runs is known from
# tests/torture/coverage.sh, which runs first where build/coverage lacks its results for these headers. One core is used.
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
mkdir -p "${BUILD:-build}" && build=$(cd "${BUILD:-build}" && pwd) || exit 1
out=$build/mutation tree=$build/mutation/tree
MUTANTS=${MUTANTS:-500} SEED=${SEED:-1}
if [ -n "${SHORT:-}" ]; then MUTANTS=20; fi
unset MAKEFLAGS CFLAGS STB
CC=${CC:-gcc}
results=$out/seed-$SEED.txt
passed=0 failed=0
check() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAILED: $2"; fi; }

mkdir -p "$out/orig" "$out/tmp"
# The sources once more: headers are changed there, and tests end at the first CHECK that fails.
rm -rf "$tree" && mkdir -p "$tree" && tar -c --exclude=./build --exclude=./.git . | tar -x -C "$tree" || exit 1
sed -i 's/printf("\\n");  /printf("\\n"), exit(1);/' "$tree/tests/test.h"
grep -q 'exit(1);' "$tree/tests/test.h" || exit 1
$CC -std=c99 -O2 tests/torture/mutate.c -o "$out/mutate" || exit 1
if [ "$(cat "$build/coverage/of" 2>"$out/log")" != "$(cat clip.h clip_tokenizer.h | cksum)" ]; then
    BUILD=$build bash tests/torture/coverage.sh >"$out/log" 2>&1 || { tail "$out/log" && echo "0 passed, 1 failed"; exit 1; }
fi
flags=(-std=c99 -w -O1 -I.)
for h in stb/stb_image.h stb_image.h; do
    if echo "#include <$h>" | $CC -E -xc - >/dev/null 2>&1; then flags+=("-DSTB_IMAGE_H=<$h>"); break; fi
done
source_of() { # of a test, or of the program in TEST.PROGRAM
    case $1 in
    *.clip-convert) echo tools/convert.c ;;
    *.bench) echo tools/bench.c ;;
    *.*) echo "examples/${1#*.}.c" ;;
    *) echo "tests/$1.c" ;;
    esac
}
compile() { (cd "$tree" && $CC "${flags[@]}" -c "$(source_of "$1")" -o "$2" >/dev/null 2>&1); }
# run TEST[.PROGRAM] FILE SECONDS: the test FILE, or the test with FILE as the program that it starts, for so long on the CPU
run() {
    local test=${1%%.*} file=$2 limit=$3 built=$out/orig status
    if [ "$test" != "$1" ]; then
        rm -rf "$out/built" && mkdir "$out/built" && ln -s "$out"/orig/* "$out/built"
        rm "$out/built/${1#*.}" && cp "$file" "$out/built/${1#*.}"
        file=$out/orig/$test built=$out/built
    fi
    (ulimit -t "$limit" -v 8000000 -c 0 -f 4000000 && cd "$tree" &&
        TMPDIR=$out/tmp BUILD=$built timeout -k 5 $((limit * 4 + 20)) "$file" >/dev/null 2>&1 </dev/null)
    status=$?
    rm -rf "${out:?}/tmp/"*
    return $status
}

# The unchanged TEST and the programs that it starts: objects to compare with, and how long the test takes; once, and again when a
# source is newer. $out/mutant is what the changed header is put back from.
header=clip.h
ready() {
    local part name seconds
    for part in $(echo "$all" | grep "^$1\\.") "$1"; do
        name=${part#*.}
        if [ -f "$out/orig.$name.o" ] && [ -f "$out/orig/$name" ] && { [ "$name" != "$1" ] || [ -f "$out/seconds.$1" ]; } &&
            [ -z "$(find clip.h clip_tokenizer.h tools examples tests/*.[ch] -newer "$out/orig/$name")" ]; then continue; fi
        cp -p clip.h clip_tokenizer.h "$tree/"
        if ! compile "$part" "$out/orig.$name.o" || ! $CC "$out/orig.$name.o" -o "$out/orig/$name" -lm -lpthread; then
            echo "FAILED: $part does not compile unchanged" && exit 1
        fi
        TIMEFORMAT=%U
        if [ "$name" = "$1" ]; then
            seconds=$({ time run "$1" "$out/orig/$name" 600; } 2>&1) || { echo "FAILED: $1 fails unchanged" && exit 1; }
            echo "$1 ${seconds%%.*}" >"$out/seconds.$1"
        fi
        if [ -f "$out/mutant" ]; then cp "$out/mutant" "$tree/$header"; fi
    done
}
all=$(cd "$build/coverage" && echo lines.test_*) all=${all//lines./} all=$(echo "$all" | tr ' ' '\n' | grep -v 'lcov$')
rm -f "$out/mutant"

# mutate.c itself: on a sample it makes these 30 changes, each in its own line, and none in macros, comments and strings.
cat >"$out/sample.h" <<'END'
#define LESS(a, b) ((a) < (b)) \
    && 1 + 1
/* a + b; */
static int f(const char *s, int *p, int n) { // n - 1
    int i = 0, k = n * 2;
    if (!s || n < 3) return -1;
    for (i = 0; i < n; i++) p[i] = "a + 1"[i] + '+';
    if (k) n += *p & 1;
    g(s, 1.5f);
    return clip__min(n, k);
}
END
seq 11 >"$out/sample.lines"
"$out/mutate" "$out/sample.h" "$out/sample.lines" "$SEED" | while IFS=$'\t' read -r _ line offset length with; do
    "$out/mutate" "$out/sample.h" "$offset" "$length" "$with" | diff "$out/sample.h" - | grep '^[0-9>]' | tr -d '\n'
    echo
done | sort >"$out/sample.changes"
check $(($(grep -cE '^([0-9]+)c\1>     ' "$out/sample.changes") != 30 || $(wc -l <"$out/sample.changes") != 30)) "mutate.c makes other changes"
for change in '6c6>     if (s || n < 3) return -1;' '6c6>     if (!s && n < 3) return -1;' '6c6>     if (!s || n <= 3) return -1;' \
    '7c7>     for (i = 0; i < n; i++) (void)0;' '8c8>     if (!k) n += *p & 1;' '8c8>     if (k) n -= *p & 1;' '9c9>     g(s, 0);' \
    '5c5>     int i = 0, k = n * (2 + 1);' '10c10>     return 0;' '10c10>     return clip__max(n, k);'; do
    check $(($(grep -cxF "$change" "$out/sample.changes") != 1)) "mutate.c does not make $change"
done

# Changes: KEY FILE LINE OFFSET LENGTH TEXT, in the order that the seed gives.
for header in clip.h clip_tokenizer.h; do
    awk -v header=$header '$1 == header { print $2 }' $(ls "$build"/coverage/lines.* | grep -v 'lcov$') | sort -nu >"$out/compiled.$header"
    "$out/mutate" $header "$out/compiled.$header" "$SEED" | sed "s/	/	$header	/"
done | LC_ALL=C sort >"$out/changes"
echo "$(wc -l <"$out/changes") changes can be made; $MUTANTS are tried"
[ -n "${AGAIN:-}" ] && [ -f "$results" ] && sed -i '/	survived	/d' "$results"
touch "$results"

# Those that notice most for their time come first, the others by their time, 5 s where it is not known yet; programs last.
order=$(for test in tokenizer ops models backward numbers train convert; do echo "test_$test -1"; done
    for test in $all; do cat "$out/seconds.$test" 2>/dev/null || echo "$test 5"; done | sort -s -k2,2n)
order=$(echo "$order" | awk '$1 ~ /\./ { programs = programs " " $1; next } !seen[$1]++ { print $1 } END { print programs }')
cp -p clip.h clip_tokenizer.h "$tree/"
head -n "$MUTANTS" "$out/changes" | while IFS=$'\t' read -r key header line offset length with; do
    grep -q "^$key" "$results" && continue
    "$out/mutate" $header "$offset" "$length" "$with" >"$out/mutant" && cp "$out/mutant" "$tree/$header" || exit 1
    verdict=equivalent by="no code changes"
    compiled='' ran=''
    for test in $order; do
        grep -q "^$header $line [1-9]" "$build/coverage/lines.$test" || continue
        if [ "$test" != "${test#*.}" ] && [ -n "$ran" ]; then break; fi
        ran=1
        ready "${test%%.*}"
        if ! compile "$test" "$out/new.o"; then
            verdict=invalid by="does not compile" && break
        fi
        cmp -s "$out/new.o" "$out/orig.${test#*.}.o" && continue
        compiled="$compiled $test"
        verdict=survived by="none of$compiled"
        $CC "$out/new.o" -o "$out/new" -lm -lpthread || exit 1
        read -r _ seconds <"$out/seconds.${test%%.*}"
        run "$test" "$out/new" $((5 * seconds + 5))
        status=$?
        if [ $status -ne 0 ]; then
            verdict=noticed by="$test ($status)" && break
        fi
    done
    if [ $verdict = equivalent ] && ! grep -q "^$header $line [1-9]" $(ls "$build"/coverage/lines.* | grep -v 'lcov$'); then
        verdict=survived by="no test runs the line"
    fi
    # what the function is, and the line as it was and is
    was=$(sed -n "${line}p" $header | sed 's/^ *//') now=$(sed -n "${line}p" "$tree/$header" | sed 's/^ *//')
    printf '%s\t%s\t%s:%s\t%s\t%s\t%s\n' "$key" "$verdict" "$header" "$line" "$was" "$now" "$by" >>"$results"
    cp -p $header "$tree/" && rm -f "$out/mutant"
done || exit 1

# What is known of these changes; of survivors, what equivalent.txt says.
head -n "$MUTANTS" "$out/changes" | cut -f1 | awk -F'\t' -v OFS='\t' '
    FILENAME == ARGV[1] { if ($0 ~ /^[^ #]/) reasoned[$0] = 1; next }
    FILENAME == ARGV[2] { result[$1] = $0; next }
    $1 in result { $0 = result[$1]
        if ($2 == "survived" && (($4 " => " $5) in reasoned || ($4 " => *") in reasoned)) $2 = "reasoned"
        print }' tests/torture/equivalent.txt "$results" - >"$out/known"
awk -F'\t' '$2 == "survived" { print $3 ": " $4 " => " $5 "  [" $6 "]" }' "$out/known" | sort -t: -k1,1 -k2,2n >"$out/survivors-$SEED.txt"
number() { awk -F'\t' -v what="$1" '$2 == what' "$out/known" | wc -l; }
tried=$(wc -l <"$out/known") invalid=$(number invalid) equal=$(number equivalent) reasoned=$(number reasoned)
noticed=$(number noticed) survived=$(number survived)
cat "$out/survivors-$SEED.txt"
echo "FIGURE changes tried, seed $SEED: $tried, of which $((tried - invalid)) compile"
echo "FIGURE changes that leave the machine code as it is: $equal"
echo "FIGURE changes that leave what is computed as it is, by tests/torture/equivalent.txt: $reasoned"
echo "FIGURE changes that make test notices: $noticed of $((noticed + survived)), $(awk "BEGIN { printf \"%.1f %%\", 100 * $noticed / ($noticed + $survived + 1e-9) }")"
check $((tried != MUTANTS)) "$tried of $MUTANTS changes are tried"
check $((2 * (noticed + survived) < tried - invalid)) "most changes leave the machine code as it is: is it the changed header that is compiled?"
check $((100 * noticed < 90 * (noticed + survived))) "fewer than 90 % of the changes are noticed: $out/survivors-$SEED.txt"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
