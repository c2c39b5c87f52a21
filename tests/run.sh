#!/bin/sh
# Runs each test program given, as many at once as there are CPUs (JOBS), adds up their "N passed, N failed" lines, and ends
# with one such line for all. A program that dies, or that ends without the line, counts as one failure.
if [ "$1" = --one ]; then # a program, and a folder: for its line and, if there is more to say, for what it said
    output=$("$3" 2>&1)
    status=$?
    name=${3##*/} line=$(printf '%s\n' "$output" | tail -n 1)
    case $line in
    *" passed, "*" failed")
        p=${line%% passed*} f=${line#*, } f=${f%% failed*}
        if [ "$f" -eq 0 ] && [ "$status" -ne 0 ]; then f=1 line="$line, and status $status"; fi
        ;;
    *) p=0 f=1 line="died with status $status" ;;
    esac
    if [ "$f" -ne 0 ]; then printf '%s\n' "$output"; fi
    printf '%-28s %s\n' "$name" "$line"
    echo "$p $f" >"$2/$name"
    exit 0
fi
results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" sh "$0" --one "$results"
passed=0 failed=0
for program in "$@"; do
    read -r p f <"$results/${program##*/}" || p=0 f=1
    passed=$((passed + p)) failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
