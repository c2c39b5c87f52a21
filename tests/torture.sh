#!/bin/bash
# The long form of everything that is tested, and its table in tests/README.md. Hours of it:
#     make torture
#     make torture PARTS="faults machines"     some of it: scripts of tests/torture/, and "tests" for make test
#     make torture PARTS=fuzz TARGETS=json     some of a part: MACHINES and TARGETS, see the scripts
#     make torture SHORT=1                     the form that .ci/run has, in minutes; the table stays as it is
# Each part prints lines "FIGURE what: value" and ends with "N passed, N failed"; all that it says is kept in
# build/torture/PART.log. A part that passed in its long form has its figures put into the table, with the date and the CPU.
# Other variables: BUILD, JOBS, and what each part has of its own.
set -u
cd "$(dirname "$0")/.." || exit 1
parts=${PARTS:-tests matrix embedded analysis machines faults kills threads fuzz coverage mutation}
table=tests/README.md
export BUILD=${BUILD:-build} JOBS=${JOBS:-$(nproc)} SHORT=${SHORT:-}
mkdir -p "$BUILD/torture"
passed=0 failed=0

field() { sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo | head -n 1; }
cpu="$(field 'model name'), family $(field 'cpu family'), model $(field model)"
for feature in avx2 avx512f avx512_bf16 amx_tile; do grep -qw $feature /proc/cpuinfo && cpu="$cpu, $feature"; done

# Puts the figures of a log in the place of the part's section of the table, which goes up to the next heading. Where MACHINES or
# TARGETS asked for some of a part, what the section had of others stays.
into_table() {
    local some= before=/dev/null
    case $1 in machines) some=${MACHINES:-} ;; fuzz) some=${TARGETS:-} ;; esac
    if [ -n "$some" ]; then before=$table; fi
    awk -v heading="### $1" '
        /^##/ { inside = $0 == heading }
        inside && /^\| / && !/^\| figure /' "$before" >"$BUILD/torture/$1.rows"
    sed -n 's/|/\\|/g; s/^FIGURE \([^:]*\): \(.*\)$/| \1 | \2 |/p' "$BUILD/torture/$1.log" >>"$BUILD/torture/$1.rows"
    { # a blank line, a paragraph, a table with the last of each figure
        printf '\n%s, %s: %s in %d s%s.\n\n' "$(date +%Y-%m-%d)" "$cpu" "$line" $((SECONDS - start)) "${some:+, for $some}"
        if [ -s "$BUILD/torture/$1.rows" ]; then
            printf '| figure | |\n|---|---|\n'
            awk -F ' [|] ' '
                !($1 in row) { name[n++] = $1 }
                { row[$1] = $0 }
                END { for (i = 0; i < n; i++) print row[name[i]] }' "$BUILD/torture/$1.rows"
            echo
        fi
    } >"$BUILD/torture/$1.section"
    awk -v heading="### $1" -v section="$BUILD/torture/$1.section" '
        $0 == heading { print; while ((getline line < section) > 0) print line; inside = 1; next }
        /^##/ { inside = 0 }
        !inside' "$table" >"$BUILD/torture/table" && cp "$BUILD/torture/table" "$table"
}

for part in $parts; do
    start=$SECONDS log=$BUILD/torture/$part.log
    printf '%6ds  %s\n' "$SECONDS" "$part"
    if [ "$part" = tests ]; then make test >"$log" 2>&1; else bash "tests/torture/$part.sh" >"$log" 2>&1; fi
    status=$?
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
    p=${line%% passed*} f=${line##*, } f=${f%% failed*}
    if [ $status -ne 0 ] && [ "${f:-0}" -eq 0 ]; then f=1; fi
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
    grep -E '^(SKIPPED|FIGURE)' "$log"
    if [ "${f:-1}" -ne 0 ]; then
        tail -n 40 "$log"
    elif [ -z "$SHORT" ]; then
        into_table "$part"
    fi
    printf '%6ds  %s: %s\n' "$SECONDS" "$part" "${line:-it did not end}"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
