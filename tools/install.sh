#!/bin/sh
# make install and make uninstall: headers, clip.pc for pkg-config, programs and their manual pages go below
# $DESTDIR$PREFIX, or are taken away from there. Names that others may have, as `search`, begin with clip-.
#
#     make install PREFIX="$HOME/.local"
#     sh tools/install.sh --uninstall              with the PREFIX and DESTDIR that it was installed with
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build} prefix=${PREFIX:-/usr/local}
root=${DESTDIR:-}$prefix
include=$root/include pc=$root/share/pkgconfig bin=$root/bin man=$root/share/man/man1
headers="clip.h clip_tokenizer.h"
# What is built, and the source that it is built of: all but those that are to be read and not to be used.
programs="clip-convert:tools/convert.c bench:tools/bench.c"
for source in examples/*.c; do
    name=$(basename "$source" .c)
    case $name in minimal | micro) ;; *) programs="$programs $name:$source" ;; esac
done

# What a program is called where it is installed: clip-convert, clip-search, clip-zero-shot.
installed_name() { echo "clip-${1#clip-}" | tr _ -; }

if [ "${1:-}" = --uninstall ]; then
    for h in $headers; do rm -f "$include/$h"; done
    rm -f "$pc/clip.pc"
    for p in $programs; do
        name=$(installed_name "${p%%:*}")
        rm -f "$bin/$name" "$man/$name.1"
    done
    exit
fi

version=$(awk '/^#define CLIP_VERSION_(MAJOR|MINOR|PATCH) / { v = v dot $3; dot = "." } END { print v }' clip.h)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# FROM TO MODE
put() {
    install -d "$(dirname "$2")"
    install -m "$3" "$1" "$2"
}

for h in $headers; do put "$h" "$include/$h" 644; done
cat >"$temporary/clip.pc" <<PC
prefix=$prefix
includedir=\${prefix}/include

Name: clip
Description: CLIP in one C header: pictures and sentences become vectors that can be compared
Version: $version
Cflags: -I"\${includedir}"
Libs: -lm -lpthread
PC
put "$temporary/clip.pc" "$pc/clip.pc" 644
all=
for p in $programs; do all="$all${all:+, }$(installed_name "${p%%:*}")(1)"; done
for p in $programs; do
    built=${p%%:*} name=$(installed_name "${p%%:*}")
    put "$build/$built" "$bin/$name" 755
    if ! "$build/$built" --help >"$temporary/help"; then
        echo "$name: it does not run here, so that there is no manual page" >&2
        continue
    fi
    awk -v program="$built" -v name="$name" -v version="$version" -v see="$all" -f tools/man.awk "${p#*:}" "$temporary/help" \
        >"$temporary/$name.1"
    put "$temporary/$name.1" "$man/$name.1" 644
done
echo "installed below $root: clip.h $version, clip.pc, $all"
