#!/bin/sh
# Builds the headers in every supported way, and runs the result on the small models of tests/goldens:
#     gcc and clang  x  C99, C11, C17, C++11, C++20  x  one file, two files, CLIP_STATIC, without the tokenizer
#     x  no macro, and CLIP_NO_THREADS, CLIP_NO_STDIO, CLIP_NO_MMAP, CLIP_NO_SIMD, CLIP_NO_BPE, each alone
# at -O0, one file and CLIP_STATIC at -O2 and -Og too, and C99 and C++20 with -m32 where its headers are installed, and C99 in
# one file for a compiler of 2020. A warning is a failure.
#     sh tests/torture/matrix.sh       COMPILERS="gcc clang" and JOBS=2 can be given as variables
# SHORT=1: the macros, -O2 and -Og with the oldest standards alone, C99 and C++11; the macros in one file and CLIP_STATIC alone.
# Ends with one line, "N passed, N failed".
cd "$(dirname "$0")/../.." || exit 1 # so that no path has a blank in it
flags="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I."

# One build: compiler, standard, bits, optimisation, form, macro. Prints a line that begins with "passed" or "failed".
if [ "$1" = --one ]; then
    cc=$2 std=$3 bits=$4 opt=$5 form=$6 macro=$7
    out=$WORK/$cc.$std.$bits.$opt.$form.$macro
    command="$cc -std=$std -m$bits -$opt $flags"
    case $std in c++*) command="$command -x c++" ;; esac
    case $macro in
    none) ;;
    old) case $cc in *clang*) old=clang_major__=11 ;; *) old=GNUC__=10 ;; esac # which knows not all vector units
        command="$command -U__${old%=*} -D__$old" ;;
    *) command="$command -D$macro" ;;
    esac
    case $form in
    one) command="$command tests/build/one.c" ;;
    two) command="$command tests/build/two_a.c tests/build/two_b.c" ;;
    static) command="$command -DCLIP_STATIC tests/build/one.c" ;;
    alone) command="$command -DNO_TOKENIZER tests/build/one.c" ;;
    esac
    libraries="-lm -lpthread"
    [ "$macro" = CLIP_NO_THREADS ] && libraries=-lm
    case $std in c++*) libraries="-x none $libraries -lstdc++" ;; esac
    goldens=tests/goldens
    if $command -o "$out" $libraries >"$out.log" 2>&1 &&
        "$out" "$goldens/vit_cls.clip" "$goldens/resnet_basic.clip" "$goldens/bert.clip" >>"$out.log" 2>&1; then
        echo passed
    else
        echo "failed: $command"
        head -n 12 "$out.log"
    fi
    rm -f "$out" "$out.log"
    exit 0
fi

WORK=$(mktemp -d) || exit 1
export WORK
trap 'rm -rf "$WORK"' EXIT

: >"$WORK/list"
for cc in ${COMPILERS:-gcc clang}; do
    if ! command -v "$cc" >/dev/null; then
        echo "SKIPPED: $cc is not installed"
        continue
    fi
    echo '#include <errno.h>
#include <stdio.h>
int main(void) { return puts("") < 0; }' >"$WORK/try.c"
    for std in c99 c11 c17 c++11 c++20; do
        language=c
        case $std in c++*) language=c++ ;; esac
        case $std in c99 | c++20) both="64 32" ;; *) both=64 ;; esac
        for bits in $both; do
            if [ $bits = 32 ] && ! { $cc -m32 -x $language "$WORK/try.c" -o "$WORK/try" -x none -l"$([ $language = c ] && echo m || echo stdc++)" &&
                "$WORK/try"; } >/dev/null 2>&1; then
                echo "SKIPPED: $cc -std=$std -m32: headers or libraries are not installed (gcc-multilib, g++-multilib)"
                continue
            fi
            macros="CLIP_NO_THREADS CLIP_NO_STDIO CLIP_NO_MMAP CLIP_NO_SIMD CLIP_NO_BPE" fast="one static"
            case $SHORT.$std in *.c99 | *.c++11 | .*) ;; *) macros="" fast="" ;; esac
            for form in one static two alone; do
                case $fast in *$form*) printf '%s\n' "$cc $std $bits O2 $form none" "$cc $std $bits Og $form none" ;; esac
                case "$SHORT $form" in ?*\ two | ?*\ alone) macros= ;; esac
                for macro in none $macros; do
                    echo "$cc $std $bits O0 $form $macro"
                done
                case $std.$bits.$form in c99.64.one) echo "$cc $std $bits O0 $form old" ;; esac
            done >>"$WORK/list"
        done
    done
done

: >"$WORK/results"
if [ -s "$WORK/list" ]; then
    xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" -n 6 sh tests/torture/matrix.sh --one <"$WORK/list" >"$WORK/results"
fi
grep -v '^passed$' "$WORK/results"
passed=$(grep -c '^passed$' "$WORK/results")
failed=$(($(wc -l <"$WORK/list") - passed))
for cc in ${COMPILERS:-gcc clang}; do # without NaN nothing is defined, with fewer taps no picture is resized: the header refuses
    command -v "$cc" >/dev/null || continue
    for refused in -ffast-math -DCLIP_TAPS=5; do
        if $cc $refused -fsyntax-only -I. tests/build/one.c 2>&1 | grep -q 'error: .*\(clip.h needs NaN\|CLIP_TAPS: \)'; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "failed: $cc $refused is not refused"
        fi
    done
done
echo "FIGURE builds without a warning whose self-tests pass, ${COMPILERS:-gcc clang}: $passed"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
