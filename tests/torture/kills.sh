#!/bin/bash
# Kills the real train and the real search at random moments, with SIGKILL and with SIGINT, 100 times each, and lets them
# go on each time:
#     bash tests/torture/kills.sh [train|search] [KILL|INT] [N]        all four without arguments
# Of the moments of search every fourth one is when it writes the index, and every fourth one when it writes the page. What
# must hold, whenever it happens:
#     train, SIGKILL   a checkpoint stands from which it can go on, once the first was written
#     train, SIGINT    it finishes the step, saves, and prints the command that goes on: that is what is run next. A second
#                      one stops it at once, like SIGKILL
#     train, both      whenever a run comes to its end, the model and the log (but for its last column, the seconds) are,
#                      byte for byte, those of a run that nobody disturbed
#     search, SIGKILL  the index, and the page, are the old one, none if there was none, or the new one, byte for byte
#     search, SIGINT   the index may hold a part too, and then the next search embeds only the rest
#     search, both     the next search has the lines, the index and the page of a run that nobody disturbed
#     all              at most one temporary file for each file that is written, none after the next whole run, no lock
# Everything is made up here: pictures of examples/, captions, and towers with random weights.
# Variables: BUILD (default build), JOBS, SEED (of the moments; default 1), TMPDIR (default /dev/shm, since checkpoints
# are flushed to the disk at every step); SHORT=1: 20 times each.
# What began in the background of a script ignores SIGINT, and so do its children, whatever they ask for.
[ -n "${SIGINT_IS_HEARD:-}" ] || SIGINT_IS_HEARD=1 exec env --default-signal=INT bash "$0" "$@"
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd) || exit 1
memory=/dev/shm
[ -w $memory ] || memory=/tmp
work=$(mktemp -d "${TMPDIR:-$memory}/kills.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
seed=${SEED:-1}
jobs=${JOBS:-$(nproc)}
kills=100
[ -z "${SHORT:-}" ] || kills=20
[ -z "${3:-}" ] || kills=$3
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "failed: $program, SIG$signal, after $n kills: $*"
    sed 's/^/    /' err | tail -n 20
}

now() { date +%s%N | cut -c1-13; } # milliseconds

# What a signal is sent to, in the background. Monitor mode (-m), so that SIGINT is not ignored there, as it is in the
# background of scripts.
# strike SIGNAL WHEN HOW-OFTEN COMMAND...: sends it after so many milliseconds, or as soon as a file is there; then $status
# is the command's.
strike() {
    local which=$1 when=$2 times=$3 pid
    shift 3
    set -m
    ("$@") &
    pid=$!
    set +m
    if [ "$times" -gt 0 ]; then
        case $when in
        *[!0-9]*) until [ -e "$when" ] || ! kill -0 $pid 2>/dev/null; do :; done ;;
        *) sleep "$(printf '%d.%03d' $((when / 1000)) $((when % 1000)))" ;;
        esac
        kill -"$which" $pid 2>/dev/null
        [ "$times" -lt 2 ] || { sleep 0.00$((RANDOM % 10)) && kill -"$which" $pid 2>/dev/null; }
    fi
    wait $pid
    status=$?
}

# How often the n-th kill sends its signal: every third SIGINT comes twice.
strikes() { if [ "$signal" = INT ] && [ $((n % 3)) = 2 ]; then echo 2; else echo 1; fi; }

# ---- train ----

train() { # OUT.clip [more options]
    local out=$1
    shift
    exec "$build/train" --captions captions.txt --images "$root/examples/pictures" --image-tower new:vit:64x2:patch8:32 \
        --text-tower new:bert:64x2 --embed-dim 32 --loss infonce --augment --val 0.25 --batch 8 \
        --epochs 20 --seed 7 --threads 2 --checkpoint-every 1 -o "$out" "$@" >out 2>err
}
again() { eval "exec $(cat again) >out 2>err"; } # what a run that was stopped said

columns() { cut -d, -f1-16 "$1"; } # all but the seconds
has_checkpoint() { [ -e run.clip.ckpt ] || [ -e run.clip.ckpt.1 ]; }

# Whether a checkpoint stands. To look, it is resumed from, for no epoch more, by a copy.
check_checkpoint() {
    mkdir -p look
    rm -f look/*
    for file in run.clip.ckpt run.clip.ckpt.1; do
        [ ! -e $file ] || ln $file look/$file
    done
    if (train look/run.clip --epochs 0 --resume look/run.clip.ckpt); then pass; else fail "no checkpoint"; fi
}

compare_training() {
    if cmp -s whole.clip run.clip; then pass; else fail "run.clip is another model, after $this in this run"; fi
    columns run.clip.csv >run.csv
    if cmp -s whole.csv run.csv; then pass; else fail "run.clip.csv differs, after $this in this run"; fi
    if [ -z "$(find . -name 'run.clip*.tmp' -o -name '*.lock')" ]; then pass; else fail "left behind: $(ls)"; fi
}

kill_train() {
    local this=0 seen=0 runs=0 stopped=0 at_once=0 left=0 took
    {
        echo image,caption
        for picture in "$root"/examples/pictures/*.ppm; do
            name=${picture##*/}
            what=$(echo "${name%.ppm}" | tr - ' ')
            printf '%s,a picture of %s\n' "$name" "$what"
            printf '%s,"%s, seen from above"\n' "$name" "$what"
            printf '%s,there is a %s here\n' "$name" "$what"
            printf '%s,this shows the %s of a town\n' "$name" "$what"
        done
    } >captions.txt
    took=$(now)
    (train whole.clip) || { fail "the undisturbed run" && return; }
    took=$(($(now) - took))
    [ $took -ge 300 ] || took=300
    columns whole.clip.csv >whole.csv
    while [ $n -lt $kills ] || [ $this -gt 0 ]; do
        times=0
        [ $n -ge $kills ] || times=$(strikes)
        set -- train run.clip
        [ $seen = 0 ] || set -- "$@" --resume run.clip.ckpt
        [ ! -e again ] || set -- again
        rm -f out err && : >err
        strike $signal $((RANDOM * took / 46811)) "$times" "$@" # from 0 to 0.7 of what it takes
        rm -f again
        case $signal,$status in
        KILL,137) ;;
        INT,130) # at once: twice, or before it had begun
            at_once=$((at_once + 1))
            if [ "$times" = 2 ] || [ ! -s err ]; then pass; else fail "one SIGINT stopped it at once"; fi
            ;;
        INT,1)
            stopped=$((stopped + 1))
            if grep -q 'stopped after step' err; then
                tail -n 1 err | grep -e '--resume run.clip.ckpt$' >again || fail "it does not say how to go on"
                if [ -e run.clip.ckpt ]; then pass; else fail "it says that it has saved, and has not"; fi
            elif grep -q 'stopped while pictures were looked at' err; then pass
            else fail "status 1"; fi
            # What an earlier one left that was stopped at once goes when the next checkpoint is written.
            if [ -z "$(find . -name '*.lock')" ] && { ! grep -q 'stopped after step' err || [ -z "$(find . -name '*.tmp')" ]; }; then pass; else fail "left behind: $(ls)"; fi
            ;;
        *,0) compare_training ;;
        *) fail "status $status" ;;
        esac
        if [ $status = 137 ] || [ $status = 130 ] || [ $status = 1 ]; then
            n=$((n + 1)) this=$((this + 1))
            if has_checkpoint; then seen=1; fi
            if [ $seen = 1 ]; then check_checkpoint; fi
            set -- run.clip*.tmp
            if [ $# -le 4 ]; then pass; else fail "temporary files pile up: $*"; fi # model, checkpoint, log, curves
            [ ! -e "$1" ] || left=$((left + 1))
        else
            rm -f run.clip* again
            runs=$((runs + 1)) this=0 seen=0
        fi
        if [ $runs -gt $((10 * kills)) ]; then fail "the signal does not end it in $runs runs" && break; fi
        [ $failed -le 10 ] || break
    done
    if [ $signal = INT ]; then
        if [ $stopped -gt 0 ]; then pass; else fail "never did it stop as it should"; fi
        echo "FIGURE train stopped by SIGINT and gone on with: $n times in $runs runs, $at_once of them at once; the same bits"
    else
        echo "FIGURE train killed by SIGKILL and resumed: $n times in $runs runs, $left of them while it wrote a file; the same bits"
    fi
}

# ---- search ----

search() { # [more options]
    exec "$build/search" "$root/tests/goldens/vit_cls.clip" album --like album/100-beach.ppm -k 9999 --threads 2 \
        --html page.html "$@" >out 2>err
}

# The state before the n-th kill: no index, or one of the pictures of half a year ago; the old page.
before() {
    rm -f album/.clip-index page.html
    [ $((n / 4 % 2)) = 0 ] || cp old.index album/.clip-index
    [ $((n / 8 % 2)) = 0 ] || cp old.html page.html
}
# is FILE OLD NEW: it is as it was (perhaps not there), or new.
is() { cmp -s "$1" "$3" || if [ -e "$2" ]; then cmp -s "$1" "$2"; else [ ! -e "$1" ]; fi; }

kill_search() {
    local stopped=0 at_once=0 part=0 left=0 ends=0 took total
    mkdir album hidden
    for copy in $(seq 100 249); do
        for picture in "$root"/examples/pictures/*.ppm; do
            [ "$copy" != 100 ] || cp "$picture" "album/100-${picture##*/}"
            ln "album/100-${picture##*/}" "album/$copy-${picture##*/}" 2>/dev/null
        done
    done
    total=$(find album -type f | wc -l)
    mv album/2* hidden/
    (search) || { fail "the undisturbed run" && return; }
    mv album/.clip-index old.index && mv page.html old.html && mv hidden/* album/
    took=$(now)
    (search) || { fail "the undisturbed run" && return; }
    took=$(($(now) - took))
    [ $took -ge 100 ] || took=100
    mv album/.clip-index new.index && mv page.html new.html && mv out new.out
    while [ $n -lt $kills ]; do
        before
        cp album/.clip-index was.index 2>/dev/null || rm -f was.index
        cp page.html was.html 2>/dev/null || rm -f was.html
        times=$(strikes)
        rm -f out err && : >err
        case $(((n + ends) % 4)) in # at any moment; while it writes the index; while it writes the page
        2) when=album/.clip-index.tmp ;;
        3) when=page.html.tmp ;;
        *) when=$((RANDOM * took / 32768)) ;;
        esac
        strike $signal $when "$times" search
        case $signal,$status in
        *,0) # it was faster
            ends=$((ends + 1))
            if cmp -s out new.out && cmp -s album/.clip-index new.index && cmp -s page.html new.html; then pass
            else fail "another result"; fi
            [ $ends -lt $((5 * kills + 50)) ] || { fail "it always ends before" && break; }
            continue
            ;;
        KILL,137) ;;
        INT,130)
            at_once=$((at_once + 1))
            if [ "$times" = 2 ] || [ ! -s err ]; then pass; else fail "one SIGINT stopped it at once"; fi
            ;;
        INT,1)
            stopped=$((stopped + 1))
            if grep -q 'stopped after [0-9]* of [0-9]* pictures; the next run goes on from there' err; then pass
            else fail "status 1"; fi
            ;;
        *) fail "status $status" ;;
        esac
        n=$((n + 1))
        if is album/.clip-index was.index new.index; then pass
        elif [ $signal = INT ]; then part=$((part + 1)) && pass # looked at below
        else fail "the index is neither the old one nor the new one"; fi
        if is page.html was.html new.html; then pass; else fail "the page is neither the old one nor the new one"; fi
        set -- album/.clip-index*.tmp page.html*.tmp
        if [ $# -le 2 ]; then pass; else fail "temporary files pile up: $*"; fi
        if [ -e "$1" ] || [ -e "$2" ]; then left=$((left + 1)); fi
        known=$(sed -n 's/.*stopped after \([0-9]*\) of \([0-9]*\) pictures.*/\2 \1/p' err | awk '{ print $1 - $2 }')
        (search) || fail "the next search: status $?"
        if cmp -s out new.out; then pass; else fail "the next search has other lines"; fi
        if cmp -s album/.clip-index new.index; then pass; else fail "the next search makes another index"; fi
        if cmp -s page.html new.html; then pass; else fail "the next search makes another page"; fi
        if [ -n "$known" ]; then
            if [ "$known" = 0 ] || grep -q "search: $known picture" err; then pass
            else fail "the next search does not go on from there: $known of $total were left"; fi
        fi
        if [ -z "$(find . -name '*.tmp')" ]; then pass; else fail "left behind: $(find . -name '*.tmp')"; fi
        [ $failed -le 10 ] || break
    done
    if [ $signal = INT ]; then
        if [ $stopped -gt 0 ]; then pass; else fail "never did it stop as it should"; fi
        echo "FIGURE search stopped by SIGINT: $n times, $at_once of them at once, $part with a part of the index; the next has the same result"
    else
        echo "FIGURE search killed by SIGKILL: $n times, $left of them while it wrote a file; the next has the same result"
    fi
}

# ---- all of them, some at a time ----

one() { # PROGRAM SIGNAL
    program=$1 signal=$2 n=0
    mkdir "$work/$1-$2" && cd "$work/$1-$2" && : >err
    RANDOM=$seed
    kill_$program 2>noise # bash tells of each killed process
    echo "$passed passed, $failed failed"
}

running=0
for program in ${1:-train search}; do
    for signal in ${2:-KILL INT}; do
        (one "$program" "$signal") >"$work/$program-$signal.log" &
        running=$((running + 1))
        [ $running -lt "$jobs" ] || { wait -n && running=$((running - 1)); }
    done
done
wait
for program in ${1:-train search}; do
    for signal in ${2:-KILL INT}; do
        log=$work/$program-$signal.log
        sed '$d' "$log"
        line=$(tail -n 1 "$log")
        p=${line%% passed*} f=${line##*, } f=${f%% failed*}
        case $line in *" passed, "*" failed") ;; *) p=0 f=1 && echo "failed: $program, SIG$signal: $line" ;; esac
        passed=$((passed + p)) failed=$((failed + f))
    done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
