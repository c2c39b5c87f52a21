#!/bin/sh
# Kills the real train with SIGKILL at random moments, N times in all, and resumes it each time:
#     sh tests/kill_train.sh [N=50]
# After every kill a checkpoint must stand from which it can go on, once the first was written; and whenever a run comes
# to its end, the model and the log (but for its last column, the seconds) must be, byte for byte, those of a run that
# nobody disturbed. Everything is made up here: pictures of examples/, captions, and towers with random weights.
# Variables: BUILD (default build), SEED (of the moments; default 1).
kills=${1:-50}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${BUILD:-$root/build}" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/kill_train.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "failed: $*"
    sed 's/^/    /' err
}

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

# train OUT.clip [more options]
train() {
    out=$1
    shift
    exec "$build/train" --captions captions.txt --images "$root/examples/pictures" --image-tower new:vit:64x2:patch8:32 \
        --text-tower new:bert:64x2 --embed-dim 32 --loss infonce --augment --val 0.25 --batch 8 \
        --epochs 20 --seed 7 --threads 2 --checkpoint-every 1 -o "$out" "$@" >out 2>err
}

now() { date +%s.%N | awk '{ printf "%.3f", $1 }'; } # where date has no %N: whole seconds
began=$(now)
(train whole.clip) || { fail "the undisturbed run"; echo "$passed passed, $failed failed"; exit 1; }
took=$(echo "$began $(now)" | awk '{ t = $2 - $1; print t < 0.5 ? 0.5 : t }')
echo "undisturbed it takes $took s"
columns() { cut -d, -f1-16 "$1"; } # all but the seconds
columns whole.clip.csv >whole.csv

compare() { # what came of a run that was killed and resumed
    if cmp -s whole.clip run.clip; then pass; else fail "run.clip is another model after $this kills"; fi
    columns run.clip.csv >run.csv
    if cmp -s whole.csv run.csv; then pass; else fail "run.clip.csv differs after $this kills"; fi
}

# Whether a checkpoint stands. To look, it is resumed from, for no epoch more, by a copy.
check_checkpoint() {
    mkdir -p look
    rm -f look/*
    for file in run.clip.ckpt run.clip.ckpt.1; do
        if [ -e $file ]; then ln $file look/$file; fi
    done
    if (train look/run.clip --epochs 0 --resume look/run.clip.ckpt); then pass; else fail "no checkpoint after kill $n"; fi
}

n=0 this=0 seen=0 runs=0
while [ "$n" -lt "$kills" ] || [ "$this" -gt 0 ]; do
    if [ -e run.clip.ckpt ] || [ -e run.clip.ckpt.1 ]; then seen=1; fi
    if [ $seen = 1 ]; then set -- --resume run.clip.ckpt; else set --; fi
    (train run.clip "$@") &
    pid=$!
    if [ "$n" -lt "$kills" ]; then
        sleep "$(awk -v s="${SEED:-1}" -v n="$n" -v t="$took" 'BEGIN { srand(s * 1000 + n); rand(); print rand() * t * 0.7 }')"
        kill -KILL $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
    status=$?
    if [ $status = 137 ]; then # 128 + SIGKILL
        n=$((n + 1)) this=$((this + 1))
        if [ -e run.clip.ckpt ] || [ -e run.clip.ckpt.1 ]; then seen=1; fi
        if [ $seen = 1 ]; then check_checkpoint; fi
    else
        if [ $status = 0 ]; then compare; else fail "status $status after $this kills"; fi
        rm -f run.clip*
        runs=$((runs + 1)) this=0 seen=0
        if [ "$failed" -gt 10 ]; then break; fi
    fi
done
echo "$n kills in $runs runs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
