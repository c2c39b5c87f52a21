#!/bin/sh
# make install and uninstall, as someone does who has a blank in every path and sources that can't be written to; what is
# installed, used by pkg-config; what README.md says of CMake and of one file; every manual page. Needs a C compiler and
# make; what else is not there (pkg-config, cmake, groff, mandoc) is skipped, and said. About half a minute.
#     CC=clang sh tests/test_install.sh          ends with "N passed, N failed"
set -u
cd "$(dirname "$0")/.." || exit 1
unset MAKEFLAGS MAKELEVEL BUILD PREFIX DESTDIR CFLAGS
CC=${CC:-cc}
work=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
passed=0 failed=0

# check WHAT COMMAND...: what it said is shown if it fails.
check() {
    what=$1
    shift
    if "$@" >"$work/log" 2>&1; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $what"
        tail -n 20 "$work/log"
    fi
}
has() { command -v "$1" >/dev/null || { echo "SKIPPED: $1 is not installed: $2" && false; }; }
same() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\"" && false; }; }
none() { [ -z "$1" ] || { echo "$1" && false; }; }
listed() { (cd "$1" && find . ! -type d | sort | tr '\n' ' '); }
# The block of code of this language in README.md.
snippet() { awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' README.md; }

source="$work/the sources" build="$work/the build" root="$work/the root" prefix="/opt/clip of mine"
mkdir "$source" "$work/user"
cp -R Makefile README.md clip.h clip_tokenizer.h tools examples "$source"
chmod -R a-w "$source"
before=$(cd "$source" && find . -type f -exec cksum {} + | sort)

# target NAME: of make, with -O0, which is five times as fast.
target() { make -C "$source" "$1" CC="$CC" CFLAGS=-O0 BUILD="$build" PREFIX="$prefix" DESTDIR="$root"; }
check "make install" target install
check "make install again" target install
check "a warning or a word on stderr" none "$(target install 2>&1 >/dev/null)"
check "the sources are as they were" same "$before" "$(cd "$source" && find . -type f -exec cksum {} + | sort)"
at=$root$prefix
names=$(for p in bench convert $(cd examples && ls ./*.c); do basename "$p" .c; done | grep -vx -e minimal -e micro | tr _ - | LC_ALL=C sort)
want="$(for n in $names; do echo "./bin/clip-$n"; done) ./include/clip.h ./include/clip_tokenizer.h
    $(for n in $names; do echo "./share/man/man1/clip-$n.1"; done) ./share/pkgconfig/clip.pc"
check "what is installed" same "$(echo $want) " "$(listed "$at")"

# ---- programs and pages ----

for n in $names; do
    program=$at/bin/clip-$n page=$at/share/man/man1/clip-$n.1
    check "clip-$n --help" "$program" --help
    sed 's/\\-/-/g; s/\\f[BR]//g; s/\\e/\\/g' "$page" >"$work/plain"
    missing=$("$program" --help | grep -oE -e '--?[a-z][a-z0-9-]*' | sort -u | while read -r option; do
        grep -qF -e "$option" "$work/plain" || echo "$option"
    done)
    check "clip-$n.1 has every option" none "$missing"
    words() { tr -cs '[:alnum:]' '\n' | sort | uniq -c; }
    lost=$("$program" --help | sed 's/^Exit status://' | words >"$work/help.words" && words <"$work/plain" |
        awk 'NR == FNR { n[$2] = $1; next } n[$2] < $1 { print $2 }' - "$work/help.words")
    check "clip-$n.1 has every word of --help" none "$lost"
    for section in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES "SEE ALSO"; do
        check "clip-$n.1: $section" grep -A 1 -xF ".SH $section" "$work/plain"
    done
    check "clip-$n.1: its name" grep -qE "^clip-$n - [a-z].*[a-z]$" "$work/plain"
    check "clip-$n.1: an example" grep -qE "(^|\| )clip-$n [^ ].*" "$work/plain"
done
printf '// x.c - does it.\n//\n//     x a | clip-convert b | x c\n' >"$work/x.c" # clip-convert has its own name where it is installed
(ulimit -t 5 && awk -v program=clip-convert -v name=clip-convert -f tools/man.awk "$work/x.c" - <"$work/x.c") >"$work/page"
check "a program that keeps its name" grep -qxF 'x a | clip\-convert b | x c' "$work/page"
if has groff "are the manual pages well formed?"; then
    for n in $names; do check "clip-$n.1" none "$(groff -ww -man -Tutf8 "$at/share/man/man1/clip-$n.1" 2>&1 >/dev/null)"; done
fi
if has mandoc "are the manual pages well formed?"; then
    for n in $names; do # no date: a page is the same whenever it is made
        check "clip-$n.1" none "$(mandoc -T lint -W warning "$at/share/man/man1/clip-$n.1" | grep -v 'missing date')"
    done
fi

# ---- a program with what is installed ----

cat >"$work/user/program.c" <<'C'
#define CLIP_IMPLEMENTATION
#include <clip_tokenizer.h>
#include <clip.h>
#include <stdio.h>

int main(int argc, char **argv) {
    clip_model *model;
    clip_context *clip;
    clip_error why;
    if (argc < 2) return printf("%d.%d.%d\n", CLIP_VERSION_MAJOR, CLIP_VERSION_MINOR, CLIP_VERSION_PATCH) < 0;
    if (clip_model_load(argv[1], NULL, &why, &model)) return puts(why.message), 1;
    if (clip_context_new(model, NULL, &why, &clip)) return puts(why.message), 1;
    if (clip_selftest(clip, NULL)) return puts(clip_context_error(clip)), 1;
    clip_context_free(clip);
    clip_model_free(model);
    return clip_version() == CLIP_VERSION ? 0 : 1;
}
C
model=$PWD/tests/goldens/vit_cls.clip
in_user() { (cd "$work/user" && "$@"); }
check "the installed headers" in_user "$CC" -std=c99 -Wall -Werror "-I$at/include" program.c -o a -lm -lpthread
check "the installed headers, run" in_user ./a "$model"
version=$(in_user ./a)
if has pkg-config "clip.pc"; then
    export PKG_CONFIG_PATH="$at/share/pkgconfig"
    check "clip.pc's version" same "$version" "$(pkg-config --modversion clip)"
    sed "s|^prefix=.*|prefix=$at|" "$at/share/pkgconfig/clip.pc" >"$work/user/here.pc" # as if DESTDIR were the root
    export PKG_CONFIG_PATH="$work/user"
    check "a program by pkg-config" in_user sh -c "eval $CC -std=c99 program.c -o b \$(pkg-config --cflags --libs here) && ./b '$model'"
fi
check "the manual has the version" grep -qF "clip.h $version" "$at/share/man/man1/clip-search.1"
check "the change log has the version" grep -qF "//     $version  " clip.h

# ---- what README.md says ----

ln -s "$source" "$work/user/clip"
if has cmake "README.md's lines for CMake"; then
    { printf 'cmake_minimum_required(VERSION 3.10)\nproject(program C)\n' && snippet cmake; } >"$work/user/CMakeLists.txt"
    check "CMake" in_user cmake -S . -B made -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="-std=c99 -Wall -Werror"
    check "CMake, built" in_user cmake --build made
    check "CMake, run" in_user made/program "$model"
fi
mkdir "$work/user/one"
cp clip.h clip_tokenizer.h "$work/user/one"
sed -e '/clip_tokenizer/d' -e 's/<clip.h>/"one.h"/' "$work/user/program.c" >"$work/user/one/program.c"
snippet sh | sed "s|^cc -O2|$CC -O0 -std=c99 -Wall -Werror|; s|#.*||" >"$work/user/one/make.sh"
check "one file, as README.md has it" grep -q one.h "$work/user/one/make.sh"
one() ( # the second time with nothing but it
    cd "$work/user/one" && sh -e make.sh && rm clip.h clip_tokenizer.h && sh -ec "$(tail -n 1 make.sh)" && ./a.out "$model"
)
check "one file" one

# ---- what CONTRIBUTING.md says ----

gone=$(grep -oE '(clip_|CLIP_|put_|test_|make_|check_)[A-Za-z_0-9]*[a-z0-9A-Z]' CONTRIBUTING.md | grep -v NAME | sort -u | while read -r name; do
    grep -qwF "$name" clip.h tools/convert.c || [ -n "$(find tests -name "$name.*")" ] || echo "$name"
done)
check "names in CONTRIBUTING.md" none "$gone"
gone=$(grep -oE '(tests|tools|examples|\.ci)/[A-Za-z_0-9./-]*[a-z]' CONTRIBUTING.md | grep -v NAME | sort -u | while read -r name; do
    [ -e "$name" ] || echo "$name"
done)
check "files in CONTRIBUTING.md" none "$gone"

# ---- and away ----

check "make uninstall" target uninstall
check "nothing stays behind" same "" "$(listed "$root")"
check "make uninstall of nothing" target uninstall
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
