#!/bin/sh
# What tools that read and watch code find wrong with the headers, the tools and the programs: nothing, or this fails.
#     compilers     gcc and clang with many more warnings, on each macro
#     cppcheck      warnings, performance, portability; plain C and x86-64's kernels
#     clang-tidy    the checks of .clang-tidy, with clang's analyzer in them
#     gcc           -fanalyzer
#     valgrind      the tests under memcheck: no byte read before it is written, none after it is freed, none lost
#     sh tests/torture/analysis.sh         BUILD=build, JOBS=2
#     SHORT=1 leaves out -fanalyzer, what is not in the headers, and all under valgrind but test_image
# Lines "FIGURE what: value", and at the end one, "N passed, N failed".
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
BUILD=${BUILD:-$root/build}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$root" || exit 1
passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)) && echo "FAILED: $*"; }
figure() { echo "FIGURE $*"; }
has() { command -v "$1" >/dev/null || { echo "SKIPPED: $1 is not installed" && false; }; }
printf '#define CLIP_IMPLEMENTATION\n#include "clip_tokenizer.h"\n#include "clip.h"\n' >"$work/all.c"
programs="tools/convert.c tools/bench.c $(echo examples/*.c)"
include="-I." # root may have a blank in it
stb=
for h in stb/stb_image.h stb_image.h; do
    [ -z "$stb" ] && printf '#include <%s>\n' $h | gcc -E -xc - >/dev/null 2>&1 && stb="-DSTB_IMAGE_H=<$h>"
done

# ---- compilers ----

warn="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wcast-qual -Wcast-align
 -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wwrite-strings -Wvla -Wformat=2 -Wnull-dereference
 -Wpointer-arith -Wredundant-decls -Wnested-externs -Winit-self -Wunused-macros -Wdate-time"
warn_gcc="-Wlogical-op -Wduplicated-cond -Walloca -Wtrampolines -Wcast-align=strict -Wformat-signedness -Wjump-misses-init
 -Warith-conversion -Wimplicit-fallthrough=5 -Wstringop-overflow=4 -Warray-bounds=2 -Wmaybe-uninitialized"
warn_clang="-Walloca -Wassign-enum -Wconditional-uninitialized -Wloop-analysis -Wover-aligned -Wshift-sign-overflow
 -Wtautological-compare -Wthread-safety -Wunreachable-code-aggressive -Wunused -Wimplicit-int-conversion"
found=0 builds=0
for compiler in gcc clang; do
    has $compiler || continue
    [ $compiler = gcc ] && more=$warn_gcc || more=$warn_clang
    for how in "-O2" "-Og" "-O2 -DCLIP_NO_SIMD" "-O0 -DCLIP_NO_THREADS" "-O0 -DCLIP_NO_STDIO" "-O0 -DCLIP_NO_MMAP" "-O0 -DCLIP_NO_BPE" \
        "-Os -DCLIP_STATIC -DCLIP_NO_SIMD -DCLIP_NO_THREADS -DCLIP_NO_STDIO -DCLIP_NO_BPE" "-O1 -UCLIP_IMPLEMENTATION"; do
        source=$work/all.c builds=$((builds + 1))
        case $how in *-UCLIP*) sed 1d "$work/all.c" >"$work/prototypes.c" && source=$work/prototypes.c ;; esac
        if $compiler -std=c99 $include $warn $more $how -c "$source" -o "$work/all.o" 2>"$work/log" && [ ! -s "$work/log" ]; then pass
        else fail "$compiler $how:" && grep -A3 'warning:\|error:' "$work/log" | head -n 20 && found=$((found + $(grep -c warning: "$work/log"))); fi
    done
done
figure "warnings of $(echo $warn | wc -w) and more kinds, gcc and clang, $builds builds of the headers: $found"
if [ -z "$SHORT" ]; then
    found=0
    for compiler in gcc clang; do
        has $compiler || continue
        for source in $programs; do
            for level in -O0 -Og -O2; do
                $compiler -std=c99 $include "$stb" -isystem /usr/include/stb $(echo $warn | sed 's/-Wcast-align//; s/-Wunused-macros//') \
                    $level -c "$source" -o "$work/all.o" 2>"$work/log"
                if [ -s "$work/log" ]; then fail "$compiler $level $source:" && grep -A3 'warning:\|error:' "$work/log" | head -n 20
                    found=$((found + $(grep -c 'warning:' "$work/log")))
                else pass; fi
            done
        done
    done
    figure "the same, tools and programs, at -O0, -Og, -O2: $found"
fi

# ---- cppcheck ----

# cppcheck knows no compiler's own macros: these are gcc's on a 64-bit Unix. Not --inconclusive: that doubts every look at the bytes
# of a number. CLIP_IMPLEMENTED keeps the header out where a program is looked at.
check() {
    cppcheck --enable=warning,performance,portability --std=c99 --language=c --inline-suppr -q --error-exitcode=1 $include \
        --template='{file}:{line}: {severity}: {message} [{id}]' -D__GNUC__=12 -D__unix__=1 -D__x86_64__=1 "$@" 2>&1 |
        grep -E ': (error|warning|performance|portability):'
}
if has cppcheck; then
    found=0
    for how in "-DCLIP_NO_SIMD=1" "-DCLIP_NO_SIMD=1 -DCLIP_NO_THREADS=1 -DCLIP_NO_STDIO=1 -DCLIP_STATIC=1"; do
        check $how "$work/all.c" >"$work/log"
        [ -s "$work/log" ] && { fail "cppcheck $how:" && cat "$work/log"; } || pass
        found=$((found + $(wc -l <"$work/log")))
    done
    for source in $([ -n "$SHORT" ] || echo $programs); do
        check -DCLIP_NO_SIMD=1 --suppress='*:*/clip.h' --suppress='*:*/clip_tokenizer.h' "$root/$source" >"$work/log"
        [ -s "$work/log" ] && { fail "cppcheck $source:" && cat "$work/log"; } || pass
        found=$((found + $(wc -l <"$work/log")))
    done
    figure "findings of cppcheck: $found"
fi

# ---- clang-tidy and clang's analyzer ----

# The analyzer does not look into a function with "..." and takes whatever it returns for possible, success as well: here,
# copies of the sources in which the three that tell errors are macros that return what the functions do. Of a program are
# shown what is in it and in the headers of examples/ and tools/; clip.h is looked at in all.c.
if has clang-tidy; then
    found=0
    cp -r clip.h clip_tokenizer.h tools examples .clang-tidy "$work"
    sed -i 's/clip_result clip__fail(clip_error/clip_result (clip__fail)(clip_error/' "$work/clip.h"
    sed -i 's/int run_fail(run/int (run_fail)(run/' "$work/tools/source.h"
    sed -i 's/int complain(const/int (complain)(const/' "$work/examples/common.h"
    cat >"$work/returns.h" <<'END'
#define clip__fail(why, result, ...) ((clip__fail)(why, result, __VA_ARGS__), (result))
#define run_fail(r, ...) ((run_fail)(r, __VA_ARGS__), 0)
#define complain(...) ((complain)(__VA_ARGS__), 1)
END
    for source in all.c $([ -n "$SHORT" ] || echo $programs); do
        for how in "-DCLIP_NO_SIMD" ""; do
            [ -n "$how" ] || [ "$source" = all.c ] || continue
            filter='.*'
            [ "$source" = all.c ] || filter='(examples|tools)/'
            (cd "$work" && clang-tidy --quiet --header-filter="$filter" "$source" -- -std=c99 -I. -include returns.h $how) >"$work/log" 2>&1
            status=$?
            n=$(grep -cE ': (warning|error):' "$work/log")
            [ $status = 0 ] && [ "$n" = 0 ] && pass || { fail "clang-tidy $source $how:" && grep -A2 -E ': (warning|error):' "$work/log" | head -n 40; }
            found=$((found + n))
        done
    done
    figure "findings of clang-tidy and clang's analyzer: $found"
fi

# ---- gcc -fanalyzer ----

if [ -z "$SHORT" ]; then
    found=0
    for source in "$work/all.c" $programs; do
        gcc -std=c99 -O1 -fanalyzer $include -DCLIP_NO_SIMD -c "$source" -o "$work/all.o" >"$work/log" 2>&1
        # of a program likewise: behind a program's calls gcc 12 takes "if (more && used) memcpy(more, ..." for a memcpy to NULL
        n=$(grep 'Wanalyzer' "$work/log" | if [ "$source" = "$work/all.c" ]; then cat; else grep -v '/clip\.h:'; fi | grep -c .)
        [ "$n" = 0 ] && pass || { fail "gcc -fanalyzer $source:" && grep -A6 'Wanalyzer' "$work/log" | head -n 40; }
        found=$((found + n))
    done
    figure "findings of gcc -fanalyzer: $found"
fi

# ---- valgrind: what the CPU has is then what valgrind knows, AVX2 at most; cp, tail, sed, grep end with memory taken ----

if has valgrind; then
    found=0
    tests=test_image
    [ -n "$SHORT" ] || tests="$tests test_tokenizer test_models test_convert test_programs test_train"
    for test in $tests; do
        [ -x "$BUILD/$test" ] || make -s BUILD="$BUILD" "$BUILD/$test" || fail "$test does not build"
        start=$(date +%s)
        BUILD=$BUILD valgrind -q --error-exitcode=9 --leak-check=full --trace-children=yes --trace-children-skip='*/cp,*/tail,*/sed,*/grep' "$BUILD/$test" >"$work/log" 2>&1
        status=$?
        n=$(grep -c '^==[0-9]*== [A-Z].*\(Invalid\|uninitialised\|lost\|Mismatched\|overlap\)' "$work/log")
        [ $status = 0 ] && [ "$n" = 0 ] && pass || { fail "valgrind $test: status $status" && grep -A12 '^==\|failed' "$work/log" | head -n 60; }
        found=$((found + n))
        echo "valgrind $test: $(tail -n 1 "$work/log"), in $(($(date +%s) - start)) s"
    done
    figure "errors and leaks under valgrind: $found"
fi
figure "suppressed findings: $(grep -cE 'cppcheck-suppress|NOLINT' clip.h clip_tokenizer.h $programs tools/*.h examples/*.h | awk -F: '{ n += $2 } END { print n }')"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
