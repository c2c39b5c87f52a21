#!/bin/bash
# Threads under ThreadSanitizer: the tests that use threads, and the programs that do, with Ctrl-C in the middle.
#     bash tests/torture/threads.sh
# What the programs write with some threads must be, byte for byte, what they write with one (of the same compiler: others
# round otherwise). Variables: JOBS, TMPDIR. SHORT=1: test_threads and test_train once with clang, and the programs with
# 3 threads. In the long form test_threads runs 20 times, test_models, test_ops and test_backward run too, the programs with
# 2, 3, 5 and 8 threads, and all of it with gcc's sanitizer, too.
# What began in the background of a script ignores SIGINT, and so do its children, whatever they ask for.
[ -n "${SIGINT_IS_HEARD:-}" ] || SIGINT_IS_HEARD=1 exec env --default-signal=INT bash "$0" "$@"
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
jobs=${JOBS:-$(nproc)}
memory=/dev/shm # checkpoints are flushed
[ -w $memory ] || memory=/tmp
work=$(mktemp -d "${TMPDIR:-$memory}/threads.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
short=${SHORT:-}
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "failed: $*"
    tail -n 60 "$work/log"
}

# Whether `COMPILER -fsanitize=thread` makes programs that run here.
works() {
    echo 'int main(void) { return 0; }' >"$work/try.c"
    "$1" -fsanitize=thread "$work/try.c" -o "$work/try" 2>/dev/null && "$work/try"
}

# counted TEST TIMES: runs it so often; its checks count once, a race or a failure is one.
counted() {
    local line p f
    for ((k = 0; k < $2; k++)); do
        if ! "$work/$cc/$1" >"$work/log" 2>&1; then fail "$1, built by $cc" && return; fi
        line=$(tail -n 1 "$work/log")
        p=${line%% passed*} f=${line##*, } f=${f%% failed*}
        if [ "$f" != 0 ]; then fail "$1, built by $cc: $line" && return; fi
    done
    passed=$((passed + p))
    echo "FIGURE $1 under TSan of $cc: $p checks, $2 times"
}

# Runs a program with the sanitizer, in the folder of the programs. A race makes its exit status 66.
sane() {
    local program=$1
    shift
    (cd "$work/$cc/$threads" && exec "$work/$cc/$program" "$@" --threads "$threads") >"$work/log" 2>&1
}
expect() { # STATUS PROGRAM...
    local want=$1 status
    shift
    sane "$@"
    status=$?
    if [ $status = "$want" ]; then pass; else fail "$* --threads $threads, built by $cc: exit status $status"; fi
}
same() { # FILE...: they are those of one thread
    for file in "$@"; do
        if cmp -s "$work/$cc/$threads/$file" "$work/$cc/1/$file"; then pass
        else fail "$file is another with $threads threads, built by $cc"; fi
    done
}

# stopped SECONDS PROGRAM...: sends it SIGINT after so long. Monitor mode (-m): else it would be ignored in the background.
stopped() {
    local after=$1 pid status
    shift
    set -m
    sane "$@" &
    pid=$!
    set +m
    sleep "$after"
    kill -INT -- -$pid 2>/dev/null
    wait $pid
    status=$?
    case $status in # 130: before it had begun
    0 | 1 | 130) pass ;;
    *) fail "$*, stopped after $after s, built by $cc: exit status $status" ;;
    esac
}

learn=(--captions captions.csv --images "$root/examples/pictures" --image-tower new:vit:32x2:patch8:32
    --text-tower new:bert:32x2 --embed-dim 16 --loss infonce --val 0.25 --batch 4 --epochs 2 --seed 7)
frozen=(--captions captions.csv --images "$root/examples/pictures" --image-tower "$root/tests/goldens/vit_cls.clip"
    --text-tower "$root/tests/goldens/bert.clip" --freeze image,text --embed-dim 16 --val 0.25 --batch 4 --epochs 2)
look=("$root/tests/goldens/vit_cls.clip" "$root/examples/pictures" --like "$root/examples/pictures/beach.ppm" --index index)

programs() { # with $threads threads
    local before=$failed
    mkdir "$work/$cc/$threads" && cp "$work/captions.csv" "$work/$cc/$threads/"
    expect 0 train "${learn[@]}" --augment -o augmented.clip
    expect 0 train "${learn[@]}" --memory 0 --micro-batch 2 -o read.clip
    expect 0 train "${frozen[@]}" -o heads.clip
    expect 0 search "${look[@]}" --html page.html
    expect 0 embed "$root/tests/goldens/vit_cls.clip" --images "$root/examples/pictures" -o images.npy
    expect 0 embed "$root/tests/goldens/bert.clip" --texts captions.csv -o texts.npy
    [ "$threads" != 1 ] || return
    same augmented.clip read.clip heads.clip index page.html images.npy texts.npy
    stopped 0.7 train "${learn[@]}" --augment --epochs 1000 --checkpoint-every 1 -o stopped.clip
    [ ! -e "$work/$cc/$threads/stopped.clip.ckpt" ] ||
        expect 0 train "${learn[@]}" --augment --epochs 0 -o stopped.clip --resume stopped.clip.ckpt
    stopped 0.2 search "${look[@]}" --rebuild
    expect 0 search "${look[@]}" && same index
    [ "$failed" -gt "$before" ] ||
        echo "FIGURE train, search and embed with $threads threads under TSan of $cc: no race, and the bits of one thread"
}

{
    echo image,caption
    for picture in examples/pictures/*.ppm; do
        name=${picture##*/}
        printf '%s,a picture of %s\n%s,"the %s, seen from above"\n' "$name" "${name%.ppm}" "$name" "${name%.ppm}"
    done
} >"$work/captions.csv"

compilers=clang times=1 counts=3 tests="test_threads test_train"
[ -n "$short" ] || compilers="clang gcc" times=20 counts="2 3 5 8" tests="$tests test_models test_ops test_backward"
export TSAN_OPTIONS="exitcode=66 ${TSAN_OPTIONS:-}"
for cc in $compilers; do
    if ! works $cc; then
        echo "SKIPPED: $cc has no -fsanitize=thread here"
        continue
    fi
    targets=()
    for target in $tests train search embed; do targets+=("$work/$cc/$target"); done
    if ! make -j"$jobs" "${targets[@]}" CC=$cc BUILD="$work/$cc" CFLAGS="-O2 -g -fsanitize=thread" >"$work/log" 2>&1; then
        fail "the build by $cc" && continue
    fi
    for test in $tests; do counted $test "$([ $test = test_threads ] && echo $times || echo 1)"; done
    for threads in 1 $counts; do programs; done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
