#!/bin/sh
# Runs each test program given, adds up their "N passed, N failed" lines, and ends with one such line for all.
# A program that dies, or that ends without the line, counts as one failure.
passed=0 failed=0
for program in "$@"; do
    output=$("$program" 2>&1)
    status=$?
    line=$(printf '%s\n' "$output" | tail -n 1)
    case $line in
    *" passed, "*" failed")
        p=${line%% passed*} f=${line#*, } f=${f%% failed*}
        if [ "$f" -ne 0 ] || [ "$status" -ne 0 ]; then printf '%s\n' "$output"; fi
        if [ "$f" -eq 0 ] && [ "$status" -ne 0 ]; then f=1; fi
        ;;
    *)
        printf '%s\n' "$output"
        p=0 f=1 line="died with status $status"
        ;;
    esac
    printf '%-28s %s\n' "${program##*/}" "$line"
    passed=$((passed + p)) failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
